public import Wasm
import LLVM
import Threads

/// Compiles modules to machine code.
public enum ModuleCompiler {
    public static var llvmVersion: String { LLVM.version }

    /// Relocatable ELF objects that are loaded together.
    ///
    /// The same module and options give the same bytes, whatever the number of threads.
    ///
    /// - Parameters:
    ///   - threadCount: how many threads work at a time; at least one does.
    ///   - monitor: follows the compilation and may cancel it.
    /// - Throws: ``CompileError`` when LLVM cannot generate code for the target.
    public static func compile(
        _ module: Wasm.Module, options: CompilationOptions, threadCount: Int, monitor: CompilationMonitor? = nil
    ) throws(CompileError) -> [[UInt8]] {
        try compile(ModulePlan(module), options: options, threadCount: threadCount, monitor: monitor)
    }

    /// The same for a module of which functions will be compiled alone.
    ///
    /// - Throws: ``CompileError``
    public static func compile(
        _ plan: ModulePlan, options: CompilationOptions, threadCount: Int, monitor: CompilationMonitor? = nil
    ) throws(CompileError) -> [[UInt8]] {
        let parts = options.isLazy ? [Partition.withoutFunctions(plan)] : Partition.parts(of: plan)
        return try compile(parts, of: plan, options, threadCount, monitor)
    }

    /// Objects with some functions of a module whose other functions are in other objects: see
    /// ``CompilationOptions/isLazy``.
    ///
    /// - Throws: ``CompileError``
    public static func compile(
        _ functions: [Int], of plan: ModulePlan, options: CompilationOptions, threadCount: Int,
        monitor: CompilationMonitor? = nil
    ) throws(CompileError) -> [[UInt8]] {
        let parts = Partition.parts(of: functions, in: plan.module, count: threadCount)
        return try compile(parts, of: plan, options, threadCount, monitor)
    }

    private static func compile(
        _ parts: [Partition], of plan: ModulePlan, _ options: CompilationOptions, _ threadCount: Int,
        _ monitor: CompilationMonitor?
    ) throws(CompileError) -> [[UInt8]] {
        let byteCounts = parts.map { $0.byteCount(in: plan.module) }
        monitor?.begin(byteCount: byteCounts.reduce(0, +))
        let results = LargeStackThreads.map(count: parts.count, threadCount: threadCount) {
            index -> Result<[[UInt8]], CompileError> in
            Result { () throws(CompileError) in
                try monitor?.check()
                let (objects, unoptimized) = try compile(
                    parts[index], of: plan, options, isWhole: parts.count == 1, monitor)
                monitor?.finishPart(byteCount: byteCounts[index], unoptimized: unoptimized)
                return objects
            }
        }
        try monitor?.check()
        var objects: [[UInt8]] = []
        for result in results { objects += try result.get() }
        return objects
    }

    /// One object; two when the part has functions that are too expensive to optimise, which are named.
    private static func compile(
        _ part: Partition, of plan: ModulePlan, _ options: CompilationOptions, isWhole: Bool,
        _ monitor: CompilationMonitor?
    ) throws(CompileError) -> (objects: [[UInt8]], unoptimized: Set<Int>) {
        func unit(_ options: CompilationOptions, isWhole: Bool) throws(CompileError) -> CompilationUnit {
            try CompilationUnit(plan, options: options, name: "wasm", isWhole: isWhole)
        }
        // Nothing of these is optimised, not even to see what that would cost.
        var cheap: Set<Int> = []
        if options.optimization != .none {
            cheap = options.unoptimizedFunctions.intersection(part.functions).union(
                part.numerousFunctions(in: plan.module))
        }
        var refused: Set<Int> = []
        while true {
            let (rest, plainPart) = part.divided(cheap: cheap)
            let hasPlainPart = !plainPart.isEmpty
            var objects: [[UInt8]] = []
            if !rest.isEmpty || !hasPlainPart {
                let optimized = try unit(options, isWhole: isWhole && !hasPlainPart)
                // What is too expensive turns out when it is lowered, what cannot be contained when it is optimised.
                var unsuitable = try optimized.lower(rest)
                if unsuitable.isEmpty || options.optimization == .none {
                    let (object, uncontained) = try optimized.object(monitor)
                    objects.append(object)
                    unsuitable = uncontained
                }
                if !unsuitable.isEmpty {
                    refused.formUnion(unsuitable)
                    cheap.formUnion(unsuitable)
                    continue
                }
            }
            if !hasPlainPart { return (objects, []) }
            var plain = options
            plain.optimization = .none
            let others = try unit(plain, isWhole: false)
            _ = try others.lower(plainPart)
            return (objects + [try others.object(monitor).bytes], refused)
        }
    }

    /// What ``emit(_:options:as:)`` gives.
    public enum Emission: String, Sendable, CaseIterable {
        /// LLVM IR as lowered.
        case ir
        case optimizedIR = "optimized-ir"
        case assembly
    }

    /// The whole module in one piece, for people and tools.
    ///
    /// - Throws: ``CompileError`` when LLVM cannot generate code for the target.
    public static func emit(
        _ module: Wasm.Module, options: CompilationOptions, as emission: Emission
    ) throws(CompileError) -> [UInt8] {
        let results = LargeStackThreads.map(count: 1, threadCount: 1) { _ -> Result<[UInt8], CompileError> in
            Result { () throws(CompileError) in try emitWhole(module, options, emission) }
        }
        return try results[0].get()
    }

    private static func emitWhole(
        _ module: Wasm.Module, _ options: CompilationOptions, _ emission: Emission
    ) throws(CompileError) -> [UInt8] {
        let plan = ModulePlan(module)
        func makeUnit(_ options: CompilationOptions) throws(CompileError) -> CompilationUnit {
            try CompilationUnit(
                plan, options: options, name: module.names.module ?? "module", isWhole: true, keepsNames: true)
        }
        var unit = try makeUnit(options)
        let isExpensive = try !unit.lower(.whole(plan)).isEmpty
        if emission == .ir { return Array(unit.module.text.utf8) }
        let uncontained: Set<Int> = isExpensive ? [] : try unit.optimize()
        if isExpensive || !uncontained.isEmpty {
            // In one piece, one function that cannot be optimised decides for all.
            var cheap = options
            cheap.optimization = .none
            unit = try makeUnit(cheap)
            _ = try unit.lower(.whole(plan))
            _ = try unit.optimize()
        }
        switch emission {
        case .ir, .optimizedIR: return Array(unit.module.text.utf8)
        case .assembly: return try unit.emitAssembly()
        }
    }
}

extension CompilationUnit {
    /// Lowers a part; the functions that are too expensive to optimise are the result.
    func lower(_ part: Partition) throws(CompileError) -> Set<Int> {
        self.part = part
        functionIndices = Set(part.functions)
        CrashReport.prepareThread()
        defer { CrashReport.note(function: nil) }
        lowerTrampolines(ofTypes: part.types)
        if part.hasSupport {
            lowerConstantTables()
            lowerInitialization()
        }
        try checkForContradiction(function: nil)
        var expensive: Set<Int> = []
        do throws(ModuleError) {
            for index in part.functions {
                CrashReport.note(function: index)
                #if DEBUG
                    PlannedFault.happen(at: index, in: self)
                #endif
                if try FunctionLowering.lower(index, in: self).isExcessive { expensive.insert(index) }
                let function = wasm.functions[index]
                if function.makesTailCalls, function.isReferenced, options.tier != .optimized {
                    lowerTailAdapter(ofFunction: index)
                }
            }
            for loop in part.loops {
                let cost = try FunctionLowering.lower(loop.function, loop: loop.number, in: self)
                if cost.isExcessive { expensive.insert(loop.function) }
            }
        } catch {
            throw CompileError(message: error.description)
        }
        try checkForContradiction(function: nil)
        offsets?.finish()
        return expensive
    }
}
