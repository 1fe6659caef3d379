internal import MachineCode

/// What was found out about the accesses of an artifact's machine code.
public struct CodeReport: Sendable {
    /// An access that none of the forms explains.
    public struct Access: Sendable, Hashable, Codable {
        /// The symbol of the function's code.
        public var function: String
        /// From the function's start, in bytes.
        public var offset: Int
        /// From the artifact's start, in bytes.
        public var codeOffset: Int
        /// As an assembler writes it.
        public var instruction: String
        public var reason: String
    }

    /// How many accesses there are of each form.
    public private(set) var counts: [AccessForm: Int] = [:]
    public private(set) var notUnderstood: [Access] = []
    /// Of code that is to compare every access with the memory's size: those that stay within the memory's reservation,
    /// but for which no comparison was found.
    public private(set) var notCompared: [Access] = []

    public var isUnderstood: Bool { notUnderstood.isEmpty && notCompared.isEmpty }

    /// Examines a compiled module's code.
    ///
    /// - Throws: ``CodeReportError`` when the bytes are no artifact of this version.
    public init(artifact: [UInt8]) throws(CodeReportError) {
        var message = [CChar](repeating: 0, count: 256)
        let collector = Collector()
        let context = Unmanaged.passUnretained(collector).toOpaque()
        let isArtifact = withExtendedLifetime(collector) {
            wasmc_examine_machine_code(
                artifact, artifact.count,
                { context, access in
                    guard let context, let access else { return }
                    Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue().add(access.pointee)
                }, context, &message, message.count)
        }
        guard isArtifact else {
            throw CodeReportError(
                reason: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        counts = collector.counts
        notUnderstood = collector.notUnderstood
        notCompared = collector.notCompared
    }

    private final class Collector {
        var counts: [AccessForm: Int] = [:]
        var notUnderstood: [Access] = []
        var notCompared: [Access] = []

        func add(_ access: wasmc_access) {
            // The enumerations have the same cases in the same order.
            let form = AccessForm(rawValue: Int(access.form.rawValue)) ?? .notUnderstood
            counts[form, default: 0] += 1
            guard let reason = access.reason else { return }
            let found = Access(
                function: String(cString: access.function), offset: Int(access.offset),
                codeOffset: Int(access.code_offset),
                instruction: String(cString: access.text), reason: String(cString: reason))
            if form == .notUnderstood { notUnderstood.append(found) } else { notCompared.append(found) }
        }
    }
}

/// Bytes whose code cannot be examined.
public struct CodeReportError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    public var description: String { "the code cannot be examined: \(reason)" }
}
