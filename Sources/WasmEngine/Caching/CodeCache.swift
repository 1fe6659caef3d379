internal import CRuntime
internal import Glibc
internal import Wasm
internal import WasmLowering

/// A directory that keeps compiled modules. Several processes may use it at the same time and be killed at any point;
/// an entry that is damaged is compiled again.
///
/// Entries run as they are, so only directories of this user that nobody else may write to are used.
///
/// ```swift
/// var options = Engine.Options()
/// options.cache = CodeCache(directory: "cache", byteLimit: 1 << 30)
/// options.cacheObserver = { event in if event.isWarning { print(event) } }
/// ```
public struct CodeCache: Hashable, Sendable {
    /// The path of the directory that has the entries.
    public var directory: String
    /// The least recently used entries are deleted when all of them are larger together.
    public var byteLimit: Int

    /// 1 GiB.
    public static let defaultByteLimit = 1 << 30

    /// A cache in a directory, which is made when the first entry is.
    public init(directory: String, byteLimit: Int = defaultByteLimit) {
        self.directory = directory
        self.byteLimit = byteLimit
    }

    /// The user's cache: `$WASMC_CACHE`, else `$XDG_CACHE_HOME/wasmc`, else `~/.cache/wasmc`. `nil` when there is no
    /// such place, or when `$WASMC_CACHE` is `off`.
    public static var user: CodeCache? {
        var path = [CChar](repeating: 0, count: Int(WASMC_CACHE_PATH_BYTES))
        return wasmc_cache_directory(&path) ? CodeCache(directory: text(path)) : nil
    }

    /// What the cache had to say about one module.
    public enum Event: Hashable, Sendable, CustomStringConvertible {
        /// The entry was used.
        case hit(entry: String)
        /// The entry with code made at O0 was used, since there is none with optimized code: see
        /// ``Engine/Options/tiering``.
        case baselineHit(entry: String)
        /// There is no entry for this module, these settings, this machine and this compiler.
        case absent(entry: String)
        /// There is an entry that cannot be used; it is replaced.
        case broken(entry: String, reason: String)
        /// The directory is not used.
        case unusable(reason: String)
        /// The options make code that is of no use to another process.
        case unsuitable
        /// The compiled module was written.
        case stored(entry: String)
        /// The compiled module could not be written.
        case notStored(reason: String)

        /// The module runs, but someone may want to repair something.
        public var isWarning: Bool {
            switch self {
            case .broken, .unusable, .notStored: true
            case .hit, .baselineHit, .absent, .unsuitable, .stored: false
            }
        }

        /// What went wrong, for people.
        public var description: String {
            switch self {
            case .hit(let entry): "cache hit: \(entry)"
            case .baselineHit(let entry): "cache hit: \(entry), made at O0"
            case .absent(let entry):
                "cache miss: there is no entry \(entry) for this module, settings, machine and compiler"
            case .broken(let entry, let reason): "cache miss: the entry \(entry) cannot be used, \(reason)"
            case .unusable(let reason): "the cache is not used: \(reason)"
            case .unsuitable: "the cache is not used: code made with these options is of no use to another process"
            case .stored(let entry): "cached as \(entry)"
            case .notStored(let reason): "the compiled module is not cached: \(reason)"
            }
        }
    }
}

extension CodeCache {
    /// Where one module's code is or will be.
    struct Entry {
        let cache: CodeCache
        private let key: wasmc_cache_key
        private let isBaseline: Bool
        /// The command's start looks for it, and runs it without the compiler.
        private let isLaunched: Bool
        let name: String

        init?(_ cache: CodeCache, _ module: Module, _ settings: CompilationOptions, compiler: String) {
            var key = wasmc_cache_key()
            // A module that needs more than the standard features runs only where they are asked for, so it has another
            // name than the one under which it is looked for where they are not.
            let more = module.features.subtracting(.standard)
            let description = settings.cacheDescription + (more.isEmpty ? "" : " \(more)")
            wasmc_cache_find_digest(module.sourceDigest, description, compiler, &key)
            self.cache = cache
            self.key = key
            isBaseline = settings.tier == .baseline
            isLaunched = description == WASMC_CACHE_BASELINE_SETTINGS
            name = withUnsafeBytes(of: key.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }

        func load() -> (module: UnsafeMutablePointer<wasmc_module>?, event: Event) {
            var module: UnsafeMutablePointer<wasmc_module>?
            var reason = [CChar](repeating: 0, count: 512)
            return withUnsafePointer(to: key) { key in
                switch wasmc_cache_load(cache.directory, key, &module, &reason, reason.count) {
                case WASMC_CACHE_HIT: (module, isBaseline ? .baselineHit(entry: name) : .hit(entry: name))
                case WASMC_CACHE_ABSENT: (nil, .absent(entry: name))
                case WASMC_CACHE_BROKEN: (nil, .broken(entry: name, reason: text(reason)))
                default: (nil, .unusable(reason: text(reason)))
                }
            }
        }

        /// Where the first code of functions is kept that are compiled when they are called.
        var firstCode: KeptCodeFile {
            KeptCodeFile(cache, path: "\(cache.directory)/\(name)\(WASMC_CACHE_FIRST_CODE_SUFFIX)")
        }

        /// Where optimized code of hot functions is kept, as long as the entry itself is not there.
        var hotCode: KeptCodeFile {
            KeptCodeFile(cache, path: "\(cache.directory)/\(name)\(WASMC_CACHE_HOT_CODE_SUFFIX)")
        }

        /// Keeps the module beside an entry that the command's start runs, if it is not there.
        func keep(_ module: Module) {
            var name = [CChar](repeating: 0, count: Int(WASMC_CACHE_NAME_BYTES))
            wasmc_cache_module_name(module.sourceDigest, &name)
            let path = cache.directory + "/" + text(name)
            if isLaunched, cache.isPrivate, access(path, F_OK) != 0 {
                try? AtomicFile.write(module.bytes, to: path, mode: 0o600, replacesDevices: true)
            }
        }

        func store(_ artifact: [UInt8]) -> Event {
            do throws(FileError) {
                try cache.create()
                try AtomicFile.write(artifact, to: cache.directory + "/" + name, mode: 0o600, replacesDevices: true)
            } catch {
                return .notStored(reason: error.description)
            }
            cache.evict()
            return .stored(entry: name)
        }
    }

    /// The files that this process's compiler is in: another build has other code.
    static let compilerIdentity: String? = {
        var identity = [CChar](repeating: 0, count: 256)
        return wasmc_own_identity(&identity, identity.count) ? text(identity) : nil
    }()

    /// Of a compiler in a process of its own.
    static func identity(ofFile path: String) -> String? {
        var identity = [CChar](repeating: 0, count: 256)
        return wasmc_file_identity(path, &identity, identity.count) ? text(identity) : nil
    }
}

extension CompilationOptions {
    /// Everything that decides what code is generated.
    fileprivate var cacheDescription: String {
        var options = self
        options.verifiesIR = false
        options.unoptimizedFunctions = []
        // What the command runs with where nothing else is asked for and address space is not limited.
        var usual = CompilationOptions(memory: .guarded, verifiesIR: false)
        if unoptimizedFunctions.isEmpty && options == usual { return WASMC_CACHE_DEFAULT_SETTINGS }
        (usual.optimization, usual.tier, usual.isLazy) = (.none, .baseline, true)
        if unoptimizedFunctions.isEmpty && options == usual { return WASMC_CACHE_BASELINE_SETTINGS }
        // Reflection prints every field, those to come as well; the order in a set is not defined.
        return "\(options) \(unoptimizedFunctions.sorted())"
    }

    /// The code holds no addresses of this process.
    var isCacheable: Bool { executionRecord == nil && counters == nil }
}
