import LLVM
import Wasm

/// An estimate of what optimising a function costs. LLVM is superlinear on shapes that real programs do not have; such
/// functions are compiled as at O0, so that the time to compile stays in proportion to the module's size.
struct CompileCost {
    private static let largestBody = 200_000
    private static let deepestLoop = 50

    private let bodyByteCount: Int
    private let loopDepth: Int

    init(_ lowering: borrowing FunctionLowering, bodyByteCount: Int) {
        self.bodyByteCount = bodyByteCount
        loopDepth = lowering.deepestLoop
    }

    var isExcessive: Bool { bodyByteCount > Self.largestBody || loopDepth > Self.deepestLoop }

    /// Exempts the function from optimisation.
    func limit(_ function: Function, in unit: CompilationUnit) {
        function.addAttribute(unit.context.attribute("optnone"))
        function.addAttribute(unit.context.attribute("noinline"))
    }
}
