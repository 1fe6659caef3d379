#if DEBUG
    import LLVM
    import Wasm

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Faults of the compiler that tests ask for in ``CompilationOptions/plannedFaults``: `fault:function:level`,
    /// several between commas, such as `abort:f:O2`; a level `*` is any level. A function is named as in the module, or
    /// by its index.
    enum PlannedFault: String {
        case abort, segfault, stack, hang, exit, trap
        /// LLVM generates code for an instruction that the target does not have, which is a fatal error.
        case selection

        static func happen(at function: Int, in unit: CompilationUnit) {
            for plan in unit.options.plannedFaults.split(separator: ",") {
                let parts = plan.split(separator: ":").map(String.init)
                guard parts.count == 3, let fault = PlannedFault(rawValue: parts[0]),
                    parts[1] == unit.wasm.name(ofFunction: function) ?? "\(function)",
                    parts[2] == "*" || parts[2] == unit.options.optimization.rawValue
                else { continue }
                fault.happen(at: function, in: unit)
            }
        }

        private func happen(at function: Int, in unit: CompilationUnit) {
            switch self {
            case .abort: raise(SIGABRT)
            case .segfault: raise(SIGSEGV)
            case .stack: _ = Self.recurse(1)
            case .hang: while true { sleep(1) }
            case .exit: _exit(0)
            case .trap: fatalError("a planned fault")
            case .selection:
                let victim = unit.addFunction(
                    SymbolName.function(function) + "_fault", .function([], returning: unit.types.i32))
                unit.builder.position(atEndOf: victim.appendBlock())
                let zero = unit.types.i32.zero
                unit.builder.return(unit.intrinsic("llvm.aarch64.crc32b", [], [zero, zero]))
            }
        }

        @inline(never) private static func recurse(_ depth: Int) -> Int {
            depth == .max
                ? 0
                : withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { place in
                    place[0] = UInt8(truncatingIfNeeded: depth)
                    return recurse(depth + 1) + Int(place[0])
                }
        }
    }
#endif
