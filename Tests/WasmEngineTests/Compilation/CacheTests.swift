import CRuntime
import Foundation
import Synchronization
import Testing
import WasmEngine
import WasmText

@Suite struct CacheTests {
    private static let text = """
        (module (memory (export "memory") 1) (data (i32.const 0) "cached")
          (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.load8_u (i32.const 0)))))
        """

    private final class Events: Sendable {
        private let list = Mutex<[CodeCache.Event]>([])
        func append(_ event: CodeCache.Event) { list.withLock { $0.append(event) } }
        func take() -> [CodeCache.Event] {
            list.withLock { events in
                defer { events = [] }; return events
            }
        }
    }

    /// A cache in a folder of its own, with an engine that uses it.
    private struct Setting {
        let cache: CodeCache
        var engine: Engine
        let events = Events()

        init(byteLimit: Int = CodeCache.defaultByteLimit) throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "wasmc-cache-" + UUID().uuidString)
            cache = CodeCache(directory: folder.path, byteLimit: byteLimit)
            engine = Engine(options: .init(optimization: .none))
            engine.options.cache = cache
            engine.options.cacheObserver = { [events] in events.append($0) }
        }

        /// Compiles and runs; the module always does what it should.
        func use(_ text: String = CacheTests.text) throws -> [CodeCache.Event] {
            let function = try engine.compile(Module(text: text)).instantiate().function(
                "f", as: ((Int32) -> Int32).self)
            #expect(try function(1) == 1 + Int32(UInt8(ascii: "c")))
            return events.take()
        }

        var entry: String { cache.directory + "/" + (cache.storedModules.first?.name ?? "none") }
        var fileNames: [String] { (try? FileManager.default.contentsOfDirectory(atPath: cache.directory)) ?? [] }

        func remove() { try? FileManager.default.removeItem(atPath: cache.directory) }
    }

    @Test("Of two tiers the first is kept; optimised code that is there is used from the start")
    func tiers() throws {
        var setting = try Setting()
        defer { setting.remove() }
        setting.engine.options.optimization = .standard
        setting.engine.options.tiering = Tiering()
        let first = try setting.use()
        let baseline = try #require(setting.cache.storedModules.first).name
        #expect(first.count == 3 && first.last == .stored(entry: baseline))
        let optimized = try #require(first.first)
        #expect(try setting.use() == [optimized, .baselineHit(entry: baseline)])
        setting.engine.options.tiering = nil
        #expect(try setting.use().first == optimized)
        setting.engine.options.tiering = Tiering()
        let name = try #require(setting.cache.storedModules.map(\.name).first { $0 != baseline })
        #expect(try setting.use() == [.hit(entry: name)] && optimized == .absent(entry: name))
    }

    @Test("The second time is a hit; other settings, modules and the engine's points have entries of their own")
    func hits() throws {
        var setting = try Setting()
        defer { setting.remove() }
        let first = try setting.use()
        let name = try #require(setting.cache.storedModules.first).name
        #expect(first == [.absent(entry: name), .stored(entry: name)])
        #expect(try setting.use() == [.hit(entry: name)])
        setting.engine.options.threadCount = 3
        #expect(try setting.use() == [.hit(entry: name)])
        setting.engine.options.optimization = .less
        #expect(try setting.use().count == 2)
        setting.engine.options.metering = .points { _ in 1 }
        #expect(try setting.use().count == 2)
        setting.engine.options.metering = .points(limit: 1000) { _ in 1 }
        #expect(try setting.use().count == 1)
        setting.engine.options.metering = .points { _ in 2 }
        #expect(try setting.use().count == 2)
        #expect(try setting.use(Self.text.replacingOccurrences(of: "cached", with: "cd")).count == 2)
        #expect(setting.cache.storedModules.count == 5)
        #expect(setting.cache.clean() == 5)
        #expect(setting.fileNames == [])
    }

    @Test("What nobody observes is kept and found all the same")
    func unobserved() throws {
        var setting = try Setting()
        defer { setting.remove() }
        let observer = setting.engine.options.cacheObserver
        setting.engine.options.cacheObserver = nil
        _ = try setting.use()
        let name = try #require(setting.cache.storedModules.first).name
        setting.engine.options.cacheObserver = observer
        #expect(try setting.use() == [.hit(entry: name)])
    }

    @Test("A metered module from the cache starts with its points")
    func metered() throws {
        var setting = try Setting()
        defer { setting.remove() }
        setting.engine.options.metering = .points(limit: 2) { _ in 1 }
        for _ in 0..<2 {
            let instance = try setting.engine.compile(Module(text: Self.text)).instantiate()
            #expect(throws: OutOfPoints.self) { try instance.function("f").call([.i32(1)]) }
        }
        #expect(setting.events.take().count == 3)
    }

    @Test("10,000 flipped bits: none is used, and each ends in a right run, one warning and one file")
    func bitFlips() throws {
        let setting = try Setting()
        defer { setting.remove() }
        _ = try setting.use()
        let good = try Data(contentsOf: URL(fileURLWithPath: setting.entry))
        let file = open(setting.entry, O_RDWR)
        defer { close(file) }
        let key = self.key(of: setting.entry, good)
        for _ in 0..<10_000 {
            // Bytes before the description are not read by anybody but tools.
            let place = Int.random(in: 1024..<good.count)
            var byte = good[place] ^ (1 << UInt8.random(in: 0..<8))
            #expect(pwrite(file, &byte, 1, off_t(place)) == 1)
            #expect(load(setting.cache, key) == WASMC_CACHE_BROKEN, "byte \(place)")
            byte = good[place]
            #expect(pwrite(file, &byte, 1, off_t(place)) == 1)
        }
        #expect(load(setting.cache, key) == WASMC_CACHE_HIT)
        for _ in 0..<20 {
            var changed = good
            changed[Int.random(in: 1024..<good.count)] ^= 0x10
            try changed.write(to: URL(fileURLWithPath: setting.entry))
            #expect(try setting.use().map(\.isWarning) == [true, false])
            #expect(try setting.use().map(\.isWarning) == [false])
            #expect(setting.fileNames.count == 1)
        }
    }

    @Test("A truncated entry is broken at every length")
    func truncation() throws {
        let setting = try Setting()
        defer { setting.remove() }
        _ = try setting.use()
        let good = try Data(contentsOf: URL(fileURLWithPath: setting.entry))
        let key = self.key(of: setting.entry, good)
        for length in (0..<good.count).reversed() {
            truncate(setting.entry, off_t(length))
            #expect(load(setting.cache, key) == WASMC_CACHE_BROKEN, "\(length) bytes")
        }
        #expect(try setting.use().map(\.isWarning) == [true, false])
        #expect(try Data(contentsOf: URL(fileURLWithPath: setting.entry)) == good)
    }

    @Test("What is in an entry's place is replaced: a FIFO, a link, another module's entry, another version's")
    func strangers() throws {
        let setting = try Setting()
        defer { setting.remove() }
        _ = try setting.use()
        let entry = setting.entry
        let good = try Data(contentsOf: URL(fileURLWithPath: entry))
        func replaced(_ place: () throws -> Void) throws {
            unlink(entry)
            try place()
            #expect(try setting.use().map(\.isWarning) == [true, false])
            #expect(try Data(contentsOf: URL(fileURLWithPath: entry)) == good)
            #expect(setting.fileNames.count == 1)
        }
        try replaced { #expect(mkfifo(entry, 0o600) == 0) }
        try replaced { #expect(symlink("/dev/zero", entry) == 0) }
        try replaced {
            let other = try Engine(options: .init(optimization: .none)).artifact(of: Module(text: "(module)"))
            try Data(other).write(to: URL(fileURLWithPath: entry))
            chmod(entry, 0o600)
        }
        try replaced {
            var other = good
            other[1024 + 8] += 1
            try other.write(to: URL(fileURLWithPath: entry))
            chmod(entry, 0o600)
        }
        try replaced {
            // Somebody else may have written it.
            try good.write(to: URL(fileURLWithPath: entry))
            chmod(entry, 0o666)
        }
    }

    @Test("A directory that others may write to, or that is none, is not used; the module runs with one warning")
    func unusableDirectories() throws {
        var setting = try Setting()
        defer { setting.remove() }
        _ = try setting.use()
        chmod(setting.cache.directory, 0o777)
        #expect(try setting.use().map(\.isWarning) == [true])
        #expect(setting.cache.storedModules.isEmpty)
        for place in ["/dev/null", "/dev/null/below"] {
            setting.engine.options.cache = CodeCache(directory: place)
            #expect(try setting.use().filter(\.isWarning).count == 1)
        }
    }

    @Test("The least recently used entries go when the limit is reached, and abandoned files with them")
    func eviction() throws {
        let probe = try Setting()
        defer { probe.remove() }
        _ = try probe.use()
        let byteCount = try #require(probe.cache.storedModules.first).byteCount
        let setting = try Setting(byteLimit: byteCount * 5 + byteCount / 2)
        defer { setting.remove() }
        func text(_ number: Int) -> String { Self.text.replacingOccurrences(of: "cached", with: "c\(number)") }
        var names: [String] = []
        for number in 0..<5 {
            guard case .stored(let name) = try setting.use(text(number)).last else { throw CancellationError() }
            names.append(name)
            // An hour and more ago, in this order.
            var times = [timeval(tv_sec: time(nil) - 9000 + number * 60, tv_usec: 0), timeval(tv_sec: 0, tv_usec: 0)]
            times[1] = times[0]
            #expect(utimes(setting.cache.directory + "/" + name, times) == 0)
        }
        let abandoned = setting.cache.directory + "/x.1.tmp"
        try Data("x".utf8).write(to: URL(fileURLWithPath: abandoned))
        let past = [timeval(tv_sec: 0, tv_usec: 0), timeval(tv_sec: 0, tv_usec: 0)]
        #expect(utimes(abandoned, past) == 0)
        #expect(try setting.use(text(0)) == [.hit(entry: names[0])])
        _ = try setting.use(text(5))
        let left = Set(setting.cache.storedModules.map(\.name))
        #expect(left.contains(names[0]) && !left.contains(names[1]) && left.count == 4)
        #expect(setting.fileNames.count == left.count)
    }

    // MARK: The runtime's side

    private func key(of entry: String, _ artifact: Data) -> wasmc_cache_key {
        var key = wasmc_cache_key()
        withUnsafeMutableBytes(of: &key.name) {
            $0.copyBytes(from: Array(URL(fileURLWithPath: entry).lastPathComponent.utf8))
        }
        let digest = MemoryLayout<wasmc_artifact>.offset(of: \.source_digest)! + Int(WASMC_ARTIFACT_OFFSET)
        withUnsafeMutableBytes(of: &key.module_digest) { $0.copyBytes(from: artifact[digest..<digest + 32]) }
        return key
    }

    private func load(_ cache: CodeCache, _ key: wasmc_cache_key) -> wasmc_cache_state {
        var key = key
        var module: UnsafeMutablePointer<wasmc_module>?
        var reason = [CChar](repeating: 0, count: 256)
        let state = wasmc_cache_load(cache.directory, &key, &module, &reason, reason.count)
        if let module { wasmc_module_release(module) }
        return state
    }
}
