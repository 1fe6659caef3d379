internal import CRuntime
internal import Glibc
internal import Threads
package import Wasm

/// The cache knows which large modules are valid, and what their bodies have to do with the rest: a module is read
/// whole by the first run alone.
///
/// Invariant: a file says so of one module, by its digest, and of one build of the compiler. It is believed as code of
/// the cache is, which runs as it is: if nobody but this user may have written it, and it is what was written.
extension CodeCache {
    /// Below this, validation takes no longer than to look.
    private static let leastByteCount = 128 * 1024

    /// A module that is decoded, and validated unless `cache` knows that it is valid.
    ///
    /// - Parameter digest: the SHA-256 of the bytes, where it is known.
    /// - Throws: ``ModuleError``
    package static func module(
        bytes: [UInt8], digest: [UInt8]? = nil, features: Features, in cache: CodeCache?
    ) throws(ModuleError) -> Module {
        guard bytes.count >= leastByteCount else { return try Module(bytes: bytes, features: features) }
        guard let cache, let compiler = compilerIdentity else { return try validate(bytes, features) }
        let digest = digest ?? sha256(bytes)
        let path = cache.pathOfFacts(digest, compiler)
        if cache.isPrivate, let facts = facts(path) {
            var module = try Module(bytes: bytes, features: features, knownValid: facts)
            module.digest = digest
            return module
        }
        var module = try validate(bytes, features)
        module.digest = digest
        if (try? cache.create()) != nil { keep(module.bodyFacts, path) }
        return module
    }

    /// The SHA-256 of a file, which is known of a large one that has not changed: see `known_file.c`.
    func digest(of file: Int32, _ byteCount: Int) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        return wasmc_cache_digest_file(
            directory, file, UInt64(byteCount), UInt32(WASMC_SECONDS_OF_REST), &digest) ? digest : nil
    }

    private static func validate(_ bytes: [UInt8], _ features: Features) throws(ModuleError) -> Module {
        let threadCount = Engine.processorCount
        // More parts than threads: some processors have other work.
        return try Module(bytes: bytes, features: features, partCount: 4 * threadCount) { count, work in
            LargeStackThreads.map(count: count, threadCount: threadCount, work)
        }
    }

    private func pathOfFacts(_ digest: [UInt8], _ compiler: String) -> String {
        var key = wasmc_cache_key()
        wasmc_cache_find_digest(digest, "validation", compiler, &key)
        let name = withUnsafeBytes(of: key.name) { String(decoding: $0.prefix { $0 != 0x2E }, as: UTF8.self) }
        return directory + "/" + name + Self.validModuleSuffix
    }

    private static func facts(_ path: String) -> BodyFacts? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard let byteCount = KeptCodeFile.privateByteCount(file), byteCount >= 32,
            let bytes = KeptCodeFile.read(file, byteCount, at: 0), sha256(Array(bytes[32...])) == Array(bytes[..<32])
        else { return nil }
        var (facts, fields) = (BodyFacts(), MessageFields(reading: Array(bytes[32...])))
        guard (try? facts.exchange(&fields)) != nil, fields.isAtEnd else { return nil }
        futimens(file, nil)
        return facts
    }

    private static func keep(_ facts: BodyFacts, _ path: String) {
        var (facts, fields) = (facts, MessageFields())
        guard (try? facts.exchange(&fields)) != nil else { return }
        try? AtomicFile.write(sha256(fields.bytes) + fields.bytes, to: path, mode: 0o600, replacesDevices: true)
    }
}

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    wasmc_sha256(bytes, bytes.count, &digest)
    return digest
}

extension Module {
    /// The SHA-256 of the bytes.
    var sourceDigest: [UInt8] { digest ?? sha256(bytes) }
}
