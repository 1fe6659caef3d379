internal import CRuntime
public import Wasm

/// How often the parts of a module ran: what the optimiser weighs branches and calls by. It changes no result, only
/// what is fast.
///
/// A count belongs to a byte of the module:
///
/// | byte | how often |
/// |---|---|
/// | where a body starts | its function was entered |
/// | an `if`, a `br_if` or another conditional branch | it was reached |
/// | the byte after that | its condition held |
/// | byte 1 + i of a `br_table` | its label i was chosen |
///
/// The text form has a line for each count that is not 0:
///
///     wasmc profile 1
///     module 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
///     1021 4096
public struct ExecutionProfile: Sendable, Hashable, CustomStringConvertible {
    /// The SHA-256 digest of the module's bytes.
    public let moduleDigest: [UInt8]
    let counts: [Int: UInt64]
    let summary: ProfileSummary
    /// Of the text form: two profiles with one digest are the same.
    private let digest: [UInt8]

    /// The text form is not as it should be.
    public struct Malformed: Error, CustomStringConvertible {
        /// Counted from 1.
        public let line: Int
        let reason: String

        public var description: String { "line \(line): \(reason)" }
    }

    init(moduleDigest: [UInt8], counts: [Int: UInt64]) {
        self.moduleDigest = moduleDigest
        self.counts = counts
        summary = ProfileSummary(of: counts.values)
        digest = Self.sha256(Self.text(moduleDigest, counts))
    }

    /// Reads the text form.
    ///
    /// - Throws: ``Malformed``
    public init(text: [UInt8]) throws(Malformed) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.popFirst()?.elementsEqual(Self.firstLine.utf8) == true else {
            throw Malformed(line: 1, reason: "this is no profile: it starts with '\(Self.firstLine)'")
        }
        guard let line = lines.popFirst(), let moduleDigest = Self.digest(line) else {
            throw Malformed(line: 2, reason: "expected 'module' and 64 hexadecimal digits")
        }
        var counts: [Int: UInt64] = [:]
        for (index, line) in zip(3..., lines) {
            let numbers = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard numbers.count == 2, let offset = Self.number(numbers[0]), let count = Self.number(numbers[1]),
                let byte = Int(exactly: offset)
            else { throw Malformed(line: index, reason: "expected a byte offset and a count, such as '1021 4096'") }
            guard counts.updateValue(count, forKey: byte) == nil else {
                throw Malformed(line: index, reason: "byte \(byte) has a count already")
            }
        }
        self.init(moduleDigest: moduleDigest, counts: counts)
    }

    /// Whether it was counted in runs of the module.
    public func isOf(_ module: Wasm.Module) -> Bool { moduleDigest == Self.sha256(module.bytes) }

    /// What was counted in the runs of both, which are of one module.
    package func adding(_ other: ExecutionProfile) -> ExecutionProfile {
        let counts = counts.merging(other.counts, uniquingKeysWith: ProfileSummary.saturatingSum)
        return ExecutionProfile(moduleDigest: moduleDigest, counts: counts)
    }

    /// The profile as a file: lines of text, which the initializer reads.
    public var text: [UInt8] { Self.text(moduleDigest, counts) }

    /// Its digest, in hexadecimal digits.
    public var description: String { Self.hexadecimal(digest) }

    private static let firstLine = "wasmc profile 1"

    private static func text(_ moduleDigest: [UInt8], _ counts: [Int: UInt64]) -> [UInt8] {
        var text = Array("\(firstLine)\nmodule \(hexadecimal(moduleDigest))\n".utf8)
        for (offset, count) in counts.sorted(by: { $0.key < $1.key }) where count != 0 {
            text += "\(offset) \(count)\n".utf8
        }
        return text
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard let first = digits.first, first != UInt8(ascii: "+") else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    private static func digest(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        let name = "module "
        guard line.starts(with: name.utf8), line.count == name.utf8.count + 64 else { return nil }
        let digits = Array(line.dropFirst(name.utf8.count))
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 2) {
            let pair = digits[start..<start + 2]
            guard pair.first != UInt8(ascii: "+"), let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        wasmc_sha256(bytes, bytes.count, &digest)
        return digest
    }
}
