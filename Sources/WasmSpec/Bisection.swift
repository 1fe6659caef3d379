import WasmEngine

/// Finds the function whose optimised code does something else than its code at O0.
public struct Bisection: Sendable {
    /// The function's index.
    public var function: Int
    /// The first lines of the two traces that differ, counted from 0.
    public var line: Int
    public var expected: String
    public var found: String

    /// Optimises more and more of the functions, from the first on, and halves the distance between what agrees with O0
    /// and what does not. `nil` when the module does the same with all of them optimised.
    ///
    /// - Throws: what decoding, compiling and linking throw.
    public init?(of bytes: [UInt8], mode: Mode) throws {
        let module = try Module(bytes: bytes)
        let plain = try ModuleTrace(of: bytes, mode: Mode(optimization: .none, memory: mode.memory))
        let indices = module.importedFunctionCount..<module.functions.count
        /// What the module does when the first `count` functions are optimised.
        func trace(_ count: Int) throws -> ModuleTrace {
            var engine = mode.engine
            engine.options.unoptimizedFunctions = Set(indices.dropFirst(count))
            return try ModuleTrace(of: bytes, engine: engine)
        }
        var different = try trace(indices.count)
        guard different != plain else { return nil }
        var agreeing = 0
        var differing = indices.count
        while differing - agreeing > 1 {
            let middle = (agreeing + differing) / 2
            let candidate = try trace(middle)
            if candidate == plain {
                agreeing = middle
            } else {
                differing = middle
                different = candidate
            }
        }
        function = indices.lowerBound + differing - 1
        let pairs = zip(plain.lines, different.lines).enumerated()
        line = pairs.first { $0.element.0 != $0.element.1 }?.offset ?? min(plain.lines.count, different.lines.count)
        expected = line < plain.lines.count ? plain.lines[line] : "nothing"
        found = line < different.lines.count ? different.lines[line] : "nothing"
    }
}
