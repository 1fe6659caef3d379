internal import CRuntime
internal import WasmLowering

/// An executable that holds a compiled WASI program: a runner, the artifact, and the directories that the program is
/// given.
public struct StandaloneExecutable {
    /// The whole ELF file.
    public let bytes: [UInt8]

    /// Why a file cannot start an executable.
    public struct RunnerError: Error, CustomStringConvertible, Sendable {
        /// What is wrong with the file, for people.
        public var description: String
    }

    /// A directory that the program is given, opened when the executable starts.
    public struct Directory: Hashable, Sendable {
        /// The path on the machine where the executable runs.
        public var host: String
        /// The program's name for it.
        public var guest: String
        /// The program may read in it, but not write.
        public var isReadOnly: Bool

        /// A directory under the program's name for it.
        public init(host: String, guest: String, isReadOnly: Bool = false) {
            self.host = host
            self.guest = guest
            self.isReadOnly = isReadOnly
        }
    }

    /// An executable for a program, which is not written yet.
    ///
    /// - Parameters:
    ///   - runner: the command `wasmc` of the artifact's architecture. What is not loaded of it, such as names for
    ///     debuggers, is left out.
    ///   - artifact: the program.
    ///   - directories: what the program sees of the file system of who runs it.
    /// - Throws: ``RunnerError``, or ``ArtifactError`` when the artifact is none or damaged.
    public init(
        runner: [UInt8], artifact: [UInt8], directories: [Directory] = []
    ) throws {
        try self.init(
            runner: runner, artifact: artifact,
            directoryTexts: directories.map { (Array($0.host.utf8CString), Array($0.guest.utf8CString), $0.isReadOnly) }
        )
    }

    /// The same with paths that need not be UTF-8, and have a NUL at their end.
    package init(
        runner: [UInt8], artifact: [UInt8], directoryTexts: [(host: [CChar], guest: [CChar], isReadOnly: Bool)]
    ) throws {
        _ = try Artifact(bytes: artifact)
        var file = try Self.loadedPart(of: runner, for: artifact)
        guard let architecture = Architecture(elfMachine: artifact.load(at: 18)) else {
            throw RunnerError(description: "the program is compiled for an architecture that wasmc does not know")
        }
        file.align(to: architecture.pageByteCount)
        var attachment = wasmc_attachment()
        attachment.artifact_offset = UInt64(file.count)
        attachment.artifact_byte_count = UInt64(artifact.count)
        file += artifact
        attachment.directories_offset = UInt64(file.count)
        for directory in directoryTexts {
            let rights = Array((directory.isReadOnly ? WASMC_ATTACHMENT_READ_ONLY : "").utf8CString)
            for text in [directory.host, directory.guest, rights] { file += text.map { UInt8(bitPattern: $0) } }
        }
        attachment.directories_byte_count = UInt64(file.count) - attachment.directories_offset
        withUnsafeMutableBytes(of: &attachment.magic) { $0.copyBytes(from: Array(WASMC_ATTACHMENT_MAGIC.utf8)) }
        withUnsafeBytes(of: attachment) { file += $0 }
        bytes = file
    }

    /// The file up to the end of its last segment, without section headers.
    private static func loadedPart(of runner: [UInt8], for artifact: [UInt8]) throws(RunnerError) -> [UInt8] {
        let machine: UInt16 = artifact.load(at: 18)
        guard runner.count >= ELF.headerByteCount, runner.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw RunnerError(description: "this is no executable that could run the program")
        }
        guard runner.load(at: 18) as UInt16 == machine else {
            throw RunnerError(
                description: "this runs on another architecture than the program; name the target's own with --runner")
        }
        let table = Int(truncatingIfNeeded: runner.load(at: 32) as UInt64)
        let count = Int(runner.load(at: 56) as UInt16)
        guard table >= 0, table <= runner.count, count * ELF.programHeaderByteCount <= runner.count - table else {
            throw RunnerError(description: "its program headers lie outside")
        }
        var end = 0
        for header in stride(
            from: table, to: table + count * ELF.programHeaderByteCount, by: ELF.programHeaderByteCount)
        {
            guard runner.load(at: header) as UInt32 == ELF.load else { continue }
            let offset: UInt64 = runner.load(at: header + 8)
            let byteCount: UInt64 = runner.load(at: header + 32)
            guard offset <= runner.count, byteCount <= UInt64(runner.count) - offset else {
                throw RunnerError(description: "a segment lies outside")
            }
            end = max(end, Int(offset + byteCount))
        }
        guard end >= ELF.headerByteCount else { throw RunnerError(description: "it has no segments") }
        var part = Array(runner[..<end])
        part.store(0 as UInt64, at: 40)
        part.store(0 as UInt16, at: 60)
        part.store(0 as UInt16, at: 62)
        return part
    }
}
