internal import CRuntime
internal import Glibc

/// The first code of a module's functions, batch after batch, as its runs needed them: what one run compiled, the next
/// has from its start.
///
/// A batch is appended as a whole, with a checksum. What a process that was killed left at the end is cut off by the
/// next one that appends; a batch that is not what it was makes the whole file go. One process appends at a time, the
/// one that has the file's lock; others keep nothing.
struct FirstCodeFile {
    /// The first code of some functions: an artifact.
    struct Batch {
        var functions: [Int]
        var code: [UInt8]
    }

    private let cache: CodeCache
    private let path: String
    private var appending = Appending.notBegun

    private enum Appending {
        case notBegun, impossible
        /// A file with the lock, and how long it is.
        case open(file: Int32, byteCount: Int)
    }

    init(_ cache: CodeCache, path: String) {
        self.cache = cache
        self.path = path
    }

    /// What is in the file. Empty where there is none, and where this user alone may not have written it.
    func batches() -> [Batch] {
        guard cache.isPrivate else { return [] }
        // Without O_NONBLOCK a FIFO in the file's place would wait for a writer.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        guard let byteCount = Self.privateByteCount(file) else { return [] }
        var batches: [Batch] = []
        var offset = 0
        while let header = Header(file, at: offset, of: byteCount) {
            guard let batch = header.batch(file, at: offset) else {
                unlink(path)
                return []
            }
            batches.append(batch)
            offset += header.recordByteCount
        }
        futimens(file, nil)
        return batches
    }

    /// Keeps a batch, if that can be done now.
    mutating func append(_ batch: Batch) {
        if case .notBegun = appending { appending = beginAppending() }
        guard case .open(let file, let byteCount) = appending else { return }
        let record = Header.record(batch)
        if byteCount + record.count <= cache.byteLimit / 4, Self.write(record, file, at: byteCount) {
            appending = .open(file: file, byteCount: byteCount + record.count)
        } else {
            // A batch without an end would hide those behind it.
            ftruncate(file, byteCount)
            endAppending()
        }
    }

    /// Closes the file; nothing is kept any more.
    mutating func endAppending() {
        if case .open(let file, _) = appending { close(file) }
        appending = .impossible
    }

    private func beginAppending() -> Appending {
        guard (try? cache.create()) != nil else { return .impossible }
        cache.evict()
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else { return .impossible }
        guard let byteCount = Self.privateByteCount(file), flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return .impossible
        }
        var end = 0
        while let header = Header(file, at: end, of: byteCount) { end += header.recordByteCount }
        if ftruncate(file, end) == 0 { return .open(file: file, byteCount: end) }
        close(file)
        return .impossible
    }

    /// The size of a regular file that only this user may write; `nil` for others.
    static func privateByteCount(_ file: Int32) -> Int? {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0
        else { return nil }
        return Int(status.st_size)
    }

    static func read(_ file: Int32, _ byteCount: Int, at offset: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var done = 0
        while done < byteCount {
            let count = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress! + done, byteCount - done, off_t(offset + done))
            }
            guard count > 0 else { return nil }
            done += count
        }
        return bytes
    }

    private static func write(_ bytes: [UInt8], _ file: Int32, at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}

/// What stands before a batch in the file: a mark, how many functions there are, how many bytes of code, and the
/// checksum of both, which only has to find damage. All numbers are little-endian and have 8 bytes.
private struct Header {
    private static let byteCount = 32
    /// "wasmcode".
    private static let mark: UInt64 = 0x6564_6f63_6d73_6177

    private var functionCount: Int
    private var codeByteCount: Int
    private var checksum: UInt64

    private var contentByteCount: Int { functionCount * 8 + codeByteCount }
    var recordByteCount: Int { Self.byteCount + contentByteCount }

    /// Reads one; `nil` where the file ends before the batch does, or has something else.
    init?(_ file: Int32, at offset: Int, of byteCount: Int) {
        guard byteCount - offset >= Self.byteCount, let bytes = FirstCodeFile.read(file, Self.byteCount, at: offset)
        else {
            return nil
        }
        let numbers = bytes.withUnsafeBytes { bytes in
            (0..<4).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        let rest = UInt64(byteCount - offset - Self.byteCount)
        guard numbers[0] == Self.mark, numbers[1] <= rest / 8, numbers[2] <= rest - numbers[1] * 8 else { return nil }
        functionCount = Int(numbers[1])
        codeByteCount = Int(numbers[2])
        checksum = numbers[3]
    }

    /// Reads the batch behind the header; `nil` when it is not what was written.
    func batch(_ file: Int32, at offset: Int) -> FirstCodeFile.Batch? {
        guard let content = FirstCodeFile.read(file, contentByteCount, at: offset + Self.byteCount),
            wasmc_checksum(content, content.count) == checksum
        else { return nil }
        let functions = content.withUnsafeBytes { bytes in
            (0..<functionCount).map { Int(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int.self)) }
        }
        return .init(functions: functions, code: Array(content[(functionCount * 8)...]))
    }

    static func record(_ batch: FirstCodeFile.Batch) -> [UInt8] {
        func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
        let content = batch.functions.flatMap { bytes(UInt64($0)) } + batch.code
        let numbers = [UInt64(batch.functions.count), UInt64(batch.code.count), wasmc_checksum(content, content.count)]
        return bytes(mark) + numbers.flatMap(bytes) + content
    }
}
