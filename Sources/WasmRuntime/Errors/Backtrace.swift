internal import CRuntime
public import DWARF
internal import Demangling
internal import Wasm

/// Where a guest was when it stopped: its functions, from the one that stopped outwards. Frames of host functions
/// between them are left out.
///
/// ```swift
/// do { try instance.function("fail").call() } catch {
///     print(error, Backtrace.of(error)?.count ?? 0)
/// }
/// ```
public final class Backtrace: Sendable {
    /// A call that was under way.
    public struct Frame: Hashable, Sendable, CustomStringConvertible {
        /// In the index space of the module's functions.
        public var functionIndex: Int
        /// From the module's name section, demangled, or the name of an export.
        public var functionName: String?

        /// Where in the module's bytes the instruction is that stopped the guest, or that called the next inner
        /// frame; `nil` where it is not known. Of several accesses to memory whose checks were joined, it is the first
        /// one's.
        public var byteOffset: Int?

        /// The line of source, if the module carries DWARF's line tables.
        public var source: SourceLines.Location?

        /// The function, and where in it the guest was, on one line.
        public var description: String {
            let function = functionName.map { "\($0.shown) (function \(functionIndex))" } ?? "function \(functionIndex)"
            let offset = byteOffset.map { " at 0x\(String($0, radix: 16))" } ?? ""
            let line = source.map { ", \($0.file.shown):\($0.line)" } ?? ""
            return function + offset + line
        }
    }

    private struct RawFrame: @unchecked Sendable {
        // Unchecked: modules do not change; the backtrace retains these.
        let module: UnsafePointer<wasmc_module>
        /// What has the function's name: this module, or the one whose code it replaces.
        let whole: UnsafePointer<wasmc_module>
        let function: UInt32
        let byteOffset: UInt32

        var modules: [UnsafeMutablePointer<wasmc_module>] {
            (module == whole ? [module] : [module, whole]).map { UnsafeMutablePointer(mutating: $0) }
        }

        var c: wasmc_frame { wasmc_frame(module: module, function: function, byte_offset: byteOffset) }
    }

    private let kept: [RawFrame]
    private let innermostCount: Int
    /// How many frames there were. Of a deep recursion, the middle is not kept.
    public let count: Int

    init?(_ store: UnsafeMutablePointer<wasmc_store>) {
        guard let trace = wasmc_last_backtrace(store), trace.pointee.count > 0 else { return nil }
        let limit = Int(WASMC_FRAMES_KEPT)
        let count = Int(trace.pointee.count)
        self.count = count
        let innermostCount = min(count, limit)
        self.innermostCount = innermostCount
        let outermostCount = min(count - innermostCount, limit)
        let outermostStart = (count - innermostCount - outermostCount) % limit
        var frames = withUnsafeBytes(of: trace.pointee.innermost) {
            Array($0.bindMemory(to: wasmc_frame.self)[..<innermostCount])
        }
        withUnsafeBytes(of: trace.pointee.outermost) { bytes in
            let ring = bytes.bindMemory(to: wasmc_frame.self)
            for index in 0..<outermostCount { frames.append(ring[(outermostStart + index) % limit]) }
        }
        kept = frames.compactMap { frame in
            frame.module.map { module in
                RawFrame(
                    module: module, whole: module.pointee.whole ?? module, function: frame.function,
                    byteOffset: frame.byte_offset)
            }
        }
        for frame in kept { frame.modules.forEach { wasmc_module_retain($0) } }
    }

    deinit { for frame in kept { frame.modules.forEach { wasmc_module_release($0) } } }

    /// The innermost frames; all of them unless the guest recursed deeply.
    public var innermost: [Frame] { kept.prefix(innermostCount).map(frame) }

    /// The outermost frames, where the middle is not kept.
    public var outermost: [Frame] { kept.dropFirst(innermostCount).map(frame) }

    private func frame(_ raw: RawFrame) -> Frame {
        let reader = ArtifactReader(image: UnsafeRawPointer(raw.module.pointee.image))
        let named = ArtifactReader(image: UnsafeRawPointer(raw.whole.pointee.image))
        return Frame(
            functionIndex: Int(raw.function),
            functionName: named.functionName(Int(raw.function)).map(demangled),
            byteOffset: raw.byteOffset == 0 ? nil : Int(raw.byteOffset), source: reader.source(of: raw.c))
    }
}

extension Backtrace: CustomStringConvertible {
    /// A line for each frame; of a deep recursion a few lines of both ends.
    public var description: String {
        let all = innermost + outermost
        let shown = 8
        let numbered = all.enumerated().map { position, frame in
            "  \(position < innermostCount ? position : count - all.count + position): \(frame)"
        }
        guard count > 2 * shown + 1 else { return numbered.joined(separator: "\n") }
        let omitted = (count - 2 * shown).formatted(grouping: ",")
        return (numbered.prefix(shown) + ["  ... \(omitted) more ..."] + numbered.suffix(shown)).joined(separator: "\n")
    }
}

extension Int {
    /// Digits in groups of three.
    fileprivate func formatted(grouping separator: Character) -> String {
        var text = ""
        for (position, digit) in String(self).reversed().enumerated() {
            if position > 0, position % 3 == 0 { text.append(separator) }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

extension Store {
    /// Where the guest was whose call ended last with an error, whatever it was: also an ``ExitCode`` or an error of
    /// your own. `nil` when no guest's function ran. The next call that fails replaces it.
    public var lastBacktrace: Backtrace? { Backtrace(pointer) }
}
