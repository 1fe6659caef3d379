import Wasm

/// An estimate of what optimising a function costs. LLVM is superlinear on shapes that real programs do not have; such
/// functions are compiled at O0, so that the time to compile stays in proportion to the module's size.
struct CompileCost {
    private static let mostBlocks = 9_000
    private static let mostTraps = 9_000
    private static let largestBody = 200_000
    private static let deepestLoop = 50
    private static let mostLoops = 700
    /// Where nothing simplifies what loops start with before LLVM's strength reduction, it looks at every loop before.
    private static let mostPlainLoops = 64

    private let blockCount: Int
    private let trapCount: Int
    private let bodyByteCount: Int
    private let loopDepth: Int
    private let loopCount: Int
    private let simplifiesLoops: Bool

    init(_ lowering: borrowing FunctionLowering, bodyByteCount: Int) {
        self.bodyByteCount = bodyByteCount
        blockCount = lowering.blockCount
        trapCount = lowering.trapCount
        loopDepth = lowering.deepestLoop
        loopCount = lowering.loopCount
        simplifiesLoops = lowering.unit.options.optimization.removesChecks
    }

    var isExcessive: Bool {
        blockCount > Self.mostBlocks || trapCount > Self.mostTraps || bodyByteCount > Self.largestBody
            || loopDepth > Self.deepestLoop || loopCount > (simplifiesLoops ? Self.mostLoops : Self.mostPlainLoops)
    }
}
