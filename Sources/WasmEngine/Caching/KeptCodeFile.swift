internal import CRuntime
internal import Glibc
internal import WasmLowering

/// Code of some of a module's functions, batch after batch, as its runs needed it: what one run compiled, the next has
/// from its start.
///
/// A batch is appended as a whole, with a checksum, and never changed: it is mapped as it is. What a process that was
/// killed left at the end is cut off by the next one that appends; a batch that is not what it was makes the whole file
/// go. One process appends at a time, the one that has the file's lock; others keep nothing.
struct KeptCodeFile {
    /// Code of some functions and loops: an artifact.
    struct Batch {
        var functions: [Int]
        var loops: [HotLoop] = []
        var code: [UInt8]
    }

    /// A batch that is mapped. Who gets one releases its code.
    struct MappedBatch {
        var functions: [Int]
        var loops: [HotLoop]
        var code: UnsafeMutablePointer<wasmc_module>
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
    func batches() -> [MappedBatch] {
        guard cache.isPrivate else { return [] }
        // Without O_NONBLOCK a FIFO in the file's place would wait for a writer.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        guard let byteCount = Self.privateByteCount(file), byteCount > 0,
            let start = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0),
            start != MAP_FAILED
        else { return [] }
        defer { munmap(start, byteCount) }
        let bytes = UnsafeRawBufferPointer(start: start, count: byteCount)
        var headers: [Header] = []
        // What is behind the last batch may be cut off meanwhile, and is not looked at in the mapping.
        while let header = Header(file, at: headers.last?.end ?? 0, of: byteCount) {
            guard header.isUndamaged(in: bytes) else {
                unlink(path)
                return []
            }
            headers.append(header)
        }
        futimens(file, nil)
        return headers.compactMap { $0.batch(in: bytes, file) }
    }

    /// Keeps a batch, if that can be done now.
    mutating func append(_ batch: Batch) {
        if case .notBegun = appending { appending = beginAppending() }
        guard case .open(let file, let byteCount) = appending else { return }
        let record = Header.record(batch, at: byteCount)
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
        while let header = Header(file, at: end, of: byteCount) { end = header.end }
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

/// What stands before a batch in the file: a mark, the checksum of all that follows, which only has to find damage, and
/// how many functions, loops and bytes of code there are. Then come the functions, and each loop's function and number.
/// All numbers are little-endian and have 8 bytes. The code begins at the next page, where it is mapped.
private struct Header {
    private static let byteCount = 40
    /// Of what the checksum does not cover.
    private static let markByteCount = 16
    /// "wasmkept".
    private static let mark: UInt64 = 0x7470_656b_6d73_6177
    /// Where pages are larger, batches cannot be mapped, and are compiled again.
    private static let pageByteCount = 4096

    private var offset: Int
    private var functionCount: Int
    private var loopCount: Int
    private var codeByteCount: Int
    private var checksum: UInt64

    private var contentOffset: Int { offset + Self.byteCount }
    private var codeOffset: Int { Self.codeOffset(after: contentOffset + (functionCount + 2 * loopCount) * 8) }
    /// Where the next one is.
    var end: Int { codeOffset + codeByteCount }

    private static func codeOffset(after offset: Int) -> Int {
        (offset + pageByteCount - 1) / pageByteCount * pageByteCount
    }

    /// Reads one; `nil` where the file ends before the batch does, or has something else.
    init?(_ file: Int32, at offset: Int, of byteCount: Int) {
        guard byteCount - offset >= Self.byteCount, let bytes = KeptCodeFile.read(file, Self.byteCount, at: offset)
        else { return nil }
        let numbers = bytes.withUnsafeBytes { bytes in
            (0..<5).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        let rest = UInt64(byteCount)
        guard numbers[0] == Self.mark, numbers[2] <= rest / 8, numbers[3] <= rest / 16, numbers[4] <= rest
        else { return nil }
        self.offset = offset
        checksum = numbers[1]
        functionCount = Int(numbers[2])
        loopCount = Int(numbers[3])
        codeByteCount = Int(numbers[4])
        if end > byteCount { return nil }
    }

    /// Whether everything is what was written.
    func isUndamaged(in bytes: UnsafeRawBufferPointer) -> Bool {
        let covered = bytes[(offset + Self.markByteCount)..<end]
        return wasmc_checksum(UnsafeRawBufferPointer(rebasing: covered).baseAddress, covered.count) == checksum
    }

    /// Maps the code; `nil` when this process cannot use it.
    func batch(in bytes: UnsafeRawBufferPointer, _ file: Int32) -> KeptCodeFile.MappedBatch? {
        var message = [CChar](repeating: 0, count: 256)
        guard
            let code = wasmc_module_map(
                file, UInt64(codeOffset), UInt64(codeByteCount), false, &message, message.count)
        else { return nil }
        let numbers = (0..<functionCount + 2 * loopCount).map {
            Int(littleEndian: bytes.loadUnaligned(fromByteOffset: contentOffset + $0 * 8, as: Int.self))
        }
        let loops = (0..<loopCount).map {
            HotLoop(function: numbers[functionCount + 2 * $0], number: numbers[functionCount + 2 * $0 + 1])
        }
        return .init(functions: Array(numbers[..<functionCount]), loops: loops, code: code)
    }

    static func record(_ batch: KeptCodeFile.Batch, at offset: Int) -> [UInt8] {
        func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
        let counts = [batch.functions.count, batch.loops.count, batch.code.count]
        let numbers = counts + batch.functions + batch.loops.flatMap { [$0.function, $0.number] }
        var covered = numbers.flatMap { bytes(UInt64($0)) }
        let end = offset + markByteCount + covered.count
        covered += [UInt8](repeating: 0, count: codeOffset(after: end) - end)
        covered += batch.code
        return bytes(mark) + bytes(wasmc_checksum(covered, covered.count)) + covered
    }
}
