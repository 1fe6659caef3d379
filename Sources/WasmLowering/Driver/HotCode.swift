import Wasm

/// A loop of a function, by its number among those that can be reached, in the order of the body.
public struct HotLoop: Sendable, Hashable {
    public var function: Int
    public var number: Int

    public init(function: Int, number: Int) {
        self.function = function
        self.number = number
    }
}

extension ModuleCompiler {
    /// An object with optimized code for functions and loops.
    public struct HotCode: Sendable {
        public var object: [UInt8]
        public var functions: [Int]
        public var loops: [HotLoop]

        package init(object: [UInt8], functions: [Int], loops: [HotLoop]) {
            self.object = object
            self.functions = functions
            self.loops = loops
        }
    }

    /// Optimized code for functions and loops that turned out to be hot, and for small functions that they call.
    ///
    /// - Parameter options: those of the baseline, but for the level.
    /// - Returns: `nil` when all are too expensive to optimise.
    /// - Throws: ``CompileError``
    public static func compileHot(
        functions: [Int], loops: [HotLoop], of plan: ModulePlan, options: CompilationOptions,
        monitor: CompilationMonitor
    ) throws(CompileError) -> HotCode? {
        var options = options
        options.tier = .optimized
        func unit() throws(CompileError) -> CompilationUnit {
            try CompilationUnit(plan, options: options, name: "wasm", isWhole: false)
        }
        let chosen = withSmallCallees(functions, loops, plan.module)
        var part = Partition(functions: chosen, loops: loops, hasSupport: false)
        var current = try unit()
        let expensive = try current.lower(part)
        if !expensive.isEmpty {
            part.functions.removeAll { expensive.contains($0) }
            part.loops.removeAll { expensive.contains($0.function) }
            if part.functions.isEmpty, part.loops.isEmpty { return nil }
            current = try unit()
            _ = try current.lower(part)
        }
        // What is not contained stays in the baseline.
        let (object, uncontained) = try current.object(monitor)
        if !uncontained.isEmpty { return nil }
        return HotCode(object: object, functions: part.functions, loops: part.loops)
    }

    /// What LLVM may inline must be there.
    private static let smallBodyByteCount = 100

    private static func withSmallCallees(_ functions: [Int], _ loops: [HotLoop], _ module: Wasm.Module) -> [Int] {
        var chosen = Set(functions)
        var unread = functions + loops.map(\.function)
        while let index = unread.popLast() {
            guard var reader = try? FunctionBodyReader(module: module, functionIndex: index) else { continue }
            while let instruction = try? reader.next() {
                guard case .call(.direct) = instruction.opcode.row.family else { continue }
                let callee = Int(instruction.immediates.index)
                guard callee >= module.importedFunctionCount,
                    (module.functions[callee].body?.count ?? 0) <= smallBodyByteCount,
                    chosen.insert(callee).inserted
                else { continue }
                unread.append(callee)
            }
        }
        return chosen.sorted()
    }
}
