import Wasm

/// An estimate of what optimising a function costs. LLVM is superlinear on shapes that real programs do not have; such
/// functions are compiled at O0, so that the time to compile stays in proportion to the module's size.
struct CompileCost {
    fileprivate static let mostBlocks = 9_000
    private static let mostTraps = 9_000
    /// Checks of memory bounds cost less than other traps. Where all of them stay, LLVM's placement of blocks is
    /// quadratic in them.
    private static let mostChecks = 16_000
    fileprivate static let largestBody = 200_000
    private static let deepestLoop = 50
    private static let mostLoops = 700
    /// Where nothing simplifies what loops start with before LLVM's strength reduction, it looks at every loop before.
    private static let mostPlainLoops = 64
    private static let mostTransfers = 10_000
    /// What calls take and give lives in many registers at once: LLVM joins and combines them in quadratic time, from
    /// seconds for these on.
    fileprivate static let mostCalls = 2_500
    private static let mostArguments = 10_000
    /// Where cases fall through, LLVM changes what a variable is worth in each of them once for every case before it:
    /// 19 s for 8,000.
    private static let mostTableLabels = 3_000
    /// A shuffle of what others shuffled takes LLVM milliseconds.
    private static let mostShuffles = 1_000
    /// After a call or an atomic operation each memory's base and size are read again.
    fileprivate static let mostRefreshes = 20_000
    /// Where a loop changes each by the next one, LLVM's analysis of loops looks through all of them for each: 10 s for
    /// 3,000. Programs have at most some hundred.
    private static let mostLocalsInLoops = 1_500

    private let blockCount: Int
    private let trapCount: Int
    private let checkCount: Int
    private let bodyByteCount: Int
    private let loopDepth: Int
    private let loopCount: Int
    private let transferCount: Int
    private let callCount: Int
    private let argumentCount: Int
    private let tableLabelCount: Int
    private let localCount: Int
    private let shuffleCount: Int
    private let refreshCount: Int
    private let simplifiesLoops: Bool

    init(_ lowering: borrowing FunctionLowering, bodyByteCount: Int) {
        self.bodyByteCount = bodyByteCount
        blockCount = lowering.blockCount
        trapCount = lowering.trapCount
        checkCount = lowering.checkCount
        loopDepth = lowering.deepestLoop
        loopCount = lowering.loopCount
        transferCount = lowering.transferCount
        callCount = lowering.callCount
        argumentCount = lowering.argumentCount
        tableLabelCount = lowering.tableLabelCount
        localCount = lowering.locals.count
        shuffleCount = lowering.shuffleCount
        refreshCount = lowering.refreshCount
        simplifiesLoops = lowering.unit.options.optimization.removesChecks
    }

    var isExcessive: Bool {
        blockCount > Self.mostBlocks || trapCount > Self.mostTraps || checkCount > Self.mostChecks
            || bodyByteCount > Self.largestBody || loopDepth > Self.deepestLoop || transferCount > Self.mostTransfers
            || callCount > Self.mostCalls || argumentCount > Self.mostArguments
            || shuffleCount > Self.mostShuffles || refreshCount > Self.mostRefreshes
            || tableLabelCount > Self.mostTableLabels
            || (loopCount > 0 && localCount > Self.mostLocalsInLoops)
            || loopCount > (simplifiesLoops ? Self.mostLoops : Self.mostPlainLoops)
    }
}

extension FunctionLowering {
    /// It will turn out to be too expensive to optimise, and be lowered again for no optimisation: nothing of what is
    /// lowered now is used, unless people want to see it.
    var isHopeless: Bool {
        guard unit.options.optimization != .none, !unit.keepsNames else { return false }
        return callCount > CompileCost.mostCalls || blockCount > CompileCost.mostBlocks
            || refreshCount > CompileCost.mostRefreshes
            || unit.wasm.functions[index].body?.count ?? 0 > CompileCost.largestBody
    }
}

/// A call or a branch of two bytes may take a thousand values with it, each an instruction or more. What goes beyond a
/// few values each time is counted; too much of it makes code that no level compiles in proportion to the module's
/// size.
extension FunctionLowering {
    private static let usualCount = 16
    private static let mostTransfers = 300_000

    mutating func countTransfer(of valueCount: Int) { transferCount += max(0, valueCount - Self.usualCount) }

    /// - Throws: ``ModuleError`` when calls and branches move too many values.
    func checkTransfers() throws(ModuleError) {
        guard transferCount > Self.mostTransfers else { return }
        throw ModuleError(
            .limit,
            """
            calls and branches that take more than \(Self.usualCount) values with them take over \(Self.mostTransfers) \
            in all; divide the function
            """,
            offset: instructionOffset, functionIndex: index)
    }
}
