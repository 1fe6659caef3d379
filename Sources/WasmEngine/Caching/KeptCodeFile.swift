internal import CRuntime
internal import Glibc
internal import WasmLowering

/// Code of some of a module's functions, batch after batch, as its runs needed it: what one run compiled, the next has
/// from its start.
///
/// A batch is appended as a whole, with a checksum, and never changed: it is mapped as it is, all batches together. In
/// front of them is a page with the file's name, in whose place the mapping has the addresses of the C library's
/// functions. What a process that was
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
        var batches: [MappedBatch] = []
        forEachBatch(withCode: true) { functions, loops, code in
            if let code { batches.append(.init(functions: functions, loops: loops, code: code)) }
        }
        return batches
    }

    /// Which functions the file has code of.
    func functions() -> Set<Int> {
        var all: Set<Int> = []
        forEachBatch(withCode: false) { functions, _, _ in all.formUnion(functions) }
        return all
    }

    private func forEachBatch(
        withCode: Bool,
        _ body: (_ functions: [Int], _ loops: [HotLoop], UnsafeMutablePointer<wasmc_module>?) -> Void
    ) {
        var kept = wasmc_kept_code()
        guard cache.isPrivate, wasmc_kept_code_open(path, withCode, &kept) else { return }
        defer { wasmc_kept_code_close(&kept) }
        var batch = wasmc_kept_batch()
        while wasmc_kept_code_next(&kept, &batch) {
            let functions = (0..<Int(batch.function_count)).map { Int(batch.functions[$0]) }
            let loops = (0..<Int(batch.loop_count)).map {
                HotLoop(function: Int(batch.loops[2 * $0]), number: Int(batch.loops[2 * $0 + 1]))
            }
            body(functions, loops, batch.code)
        }
    }

    /// Keeps a batch, if that can be done now.
    mutating func append(_ batch: Batch) {
        guard canAppend(), case .open(let file, let byteCount) = appending,
            let record = try? Self.record(batch, at: byteCount)
        else { return }
        if byteCount + record.count <= min(cache.byteLimit / 4, Self.mostBytes), Self.write(record, file, at: byteCount)
        {
            appending = .open(file: file, byteCount: byteCount + record.count)
        } else {
            // A batch without an end would hide those behind it.
            ftruncate(file, byteCount)
            endAppending()
        }
    }

    /// Whether this process is the one that appends.
    mutating func canAppend() -> Bool {
        if case .notBegun = appending { appending = beginAppending() }
        if case .open = appending { return true }
        return false
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
        let end = Int(wasmc_kept_code_end(path, file, UInt64(byteCount)))
        if ftruncate(file, off_t(end)) == 0 {
            if end > 0 { return .open(file: file, byteCount: end) }
            var start = [UInt8](repeating: 0, count: Int(WASMC_KEPT_CODE_START_BYTES))
            wasmc_kept_code_start(path, &start)
            if Self.write(start, file, at: 0) { return .open(file: file, byteCount: start.count) }
        }
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
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, done in
            while done < byteCount, isWhole {
                let count = pread(file, bytes.baseAddress! + done, byteCount - done, off_t(offset + done))
                isWhole = count > 0
                done += max(0, count)
            }
        }
        return isWhole ? bytes : nil
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

    /// What `kept_code.c` reads: before a batch stand a mark and the checksum of all that follows, which only has to
    /// find damage.
    ///
    /// - Throws: ``CompileError`` as ``ArtifactWriter`` does.
    private static func record(_ batch: Batch, at offset: Int) throws(CompileError) -> [UInt8] {
        let counts = [batch.functions.count, batch.loops.count, batch.code.count]
        let numbers = counts + batch.functions + batch.loops.flatMap { [$0.function, $0.number] }
        var covered = numbers.flatMap { bytes(UInt64($0)) }
        let end = offset + 16 + covered.count
        covered += [UInt8](repeating: 0, count: -end & (pageByteCount - 1))
        var code = batch.code
        try ArtifactWriter.moveExternals(to: -(offset + 16 + covered.count), in: &code)
        covered += code
        covered += [UInt8](repeating: 0, count: -batch.code.count & 7)
        return bytes(mark) + bytes(wasmc_checksum(covered, covered.count)) + covered
    }

    private static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }

    /// "wasmkept".
    private static let mark: UInt64 = 0x7470_656b_6d73_6177
    /// Where the code begins, so that it can be mapped.
    private static let pageByteCount = 4096
    /// Code reaches 2 GiB.
    private static let mostBytes = 1 << 30
}
