import LLVM
import Wasm

/// What is known of the frames that code generation makes. How large a frame is shows only when its code is there,
/// after the stack check was chosen. So a unit whose code turns out to have a frame that its check does not count is
/// compiled again, with a check that does.
///
/// Invariant: of a unit's functions, those without a check have at most ``mostUnchecked`` bytes of stack, those with
/// one ``mostBehindCheck``, and the bodies of split functions what their entrance compared. All that is used beyond the
/// limit is then one frame of each kind and what the host needs, which is less than the runtime keeps there.
struct FrameSizes {
    /// Of functions that look for themselves, when their frame is there.
    static let mostBehindCheck: UInt64 = 16 << 10
    /// Of leaves.
    static let mostUnchecked: UInt64 = 4 << 10
    /// Of code between generated functions and the host. The values of a call have 1,000 places of 16 bytes.
    static let mostOfSupport: UInt64 = 96 << 10
    /// More could not be addressed.
    static let largest: UInt64 = 1 << 30

    private static let bodySuffix = "_body"

    /// The sizes that entrances of split functions compare, by symbol.
    private(set) var large: [String: UInt64] = [:]
    private var checked: Set<String> = []

    func largeFrame(of entrance: Function) -> UInt64? { large.isEmpty ? nil : large[entrance.name] }

    mutating func notesCheck(in function: Function) { checked.insert(function.name) }

    static func body(of symbol: String) -> String { symbol + bodySuffix }

    /// Takes in the frames that code generation ended with.
    ///
    /// - Returns: what another attempt needs to know; `nil` when every frame is counted.
    /// - Throws: ``CompileError`` for a frame that no check could make up for.
    func uncounted(in found: [FoundFrame]) throws(CompileError) -> FrameSizes? {
        var next = FrameSizes()
        next.large = large
        for frame in found {
            let symbol =
                frame.symbol.hasSuffix(Self.bodySuffix)
                ? String(frame.symbol.dropLast(Self.bodySuffix.count)) : frame.symbol
            guard let index = SymbolName.functionIndex(symbol) else {
                if frame.byteCount > Self.mostOfSupport { throw Self.error("the code of \(symbol)", frame.byteCount) }
                continue
            }
            let counted =
                symbol != frame.symbol
                ? large[symbol] ?? 0 : checked.contains(symbol) ? Self.mostBehindCheck : Self.mostUnchecked
            if frame.byteCount <= counted { continue }
            if frame.byteCount > Self.largest { throw Self.error("function \(index)", frame.byteCount) }
            // With room for what changes when the code around it does.
            next.large[symbol] = (frame.byteCount + frame.byteCount / 8 + 4095) & ~4095
        }
        return next.large == large ? nil : next
    }

    static func error(_ what: String, _ byteCount: UInt64) -> CompileError {
        CompileError(
            message: "\(what) needs a stack frame of \(byteCount.counted("byte")); divide it into smaller functions")
    }
}

extension CompilationUnit {
    /// The function that has the body: `entrance` itself, or one of its own for a large frame.
    func bodyFunction(behind entrance: Function) -> Function {
        guard frames.largeFrame(of: entrance) != nil else { return entrance }
        let body = addFunction(FrameSizes.body(of: entrance.name), entrance.type)
        if entrance.preservesNothing { body.setPreservesNothing() }
        body.setInternal()
        body.addAttribute(context.attribute("noinline"))
        return body
    }

    /// The object with every frame counted: the unit's, or that of another one like it.
    ///
    /// - Returns: no bytes, and the functions, when some could not be contained.
    func object(_ monitor: CompilationMonitor? = nil) throws(CompileError) -> (bytes: [UInt8], uncontained: Set<Int>) {
        var unit = self
        for _ in 0..<Self.mostAttempts {
            let uncontained = try unit.optimize(monitor: monitor)
            try monitor?.check()
            if !uncontained.isEmpty { return ([], uncontained) }
            var found: [FoundFrame] = []
            let object = try unit.emitObject { found.append($0) }
            guard let frames = try unit.frames.uncounted(in: found) else { return (object, []) }
            try monitor?.check()
            unit = try CompilationUnit(plan, options: options, name: name, isWhole: isWhole)
            unit.frames = frames
            if let part { _ = try unit.lower(part) }
        }
        throw CompileError(message: "the sizes of stack frames do not settle; compile at another level of optimisation")
    }

    /// Frames change when the functions around them are split, which is known after the second.
    private static let mostAttempts = 6
}
