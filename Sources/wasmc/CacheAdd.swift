import ArgumentParser
import Foundation
import Synchronization
import WasmEngine

extension Cache {
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compile a module with optimisation and keep its code.",
            discussion: """
                `wasmc run` with the same options starts with this code at once. It needs --interruptible for \
                --timeout, and --metered for --points.
                """)

        @OptionGroup var engineOptions: EngineOptions

        @Flag(help: "For `run` with --timeout or --interruptible.") var interruptible = false

        @Flag(help: "For `run` with --points.") var metered = false

        @Flag(help: ArgumentHelp("As `run` starts it.", visibility: .hidden)) var background = false

        @Option(help: ArgumentHelp("The cache.", visibility: .hidden)) var directory: String?

        @Argument(help: "The module: .wasm or .wat.") var file: PathName

        func run() throws {
            let cache = try directory.map { CodeCache(directory: $0) } ?? Cache.directory()
            var engine = engineOptions.engine
            if background {
                guard BackgroundCompilation.enter(cache) else { return }
                let processorCount = ProcessInfo.processInfo.activeProcessorCount
                engine.options.threadCount = engineOptions.threads ?? max(1, processorCount / 2)
            }
            let module = try ModuleFile(file, features: engineOptions.features.features, cache: cache).module
            engine.options.isInterruptible = interruptible
            if metered { engine.options.metering = .points { _ in 1 } }
            engine.options.cache = cache
            let log = EventLog()
            engine.options.cacheObserver = { [background] event in
                log.add(event)
                if background, let entry = event.missingEntry { BackgroundCompilation.noteTry(entry, in: cache) }
            }
            _ = try CompileProgress.show(for: module) { monitor in
                try engine.compiling { try $0.compile(module, monitor: monitor) }
            }
            switch log.events.last {
            case .hit(let entry)?, .stored(let entry)?:
                if background { BackgroundCompilation.noteSuccess(entry, in: cache) }
                try Output.print("\(entry)")
            case let event?: throw Failure("\(file): \(event)")
            case nil: break
            }
        }
    }
}

/// What the cache said of one module, in order.
final class EventLog: Sendable {
    private let list = Mutex<[CodeCache.Event]>([])

    var events: [CodeCache.Event] { list.withLock(\.self) }

    func add(_ event: CodeCache.Event) { list.withLock { $0.append(event) } }
}

extension CodeCache.Event {
    /// The entry that is to be made.
    var missingEntry: String? {
        switch self {
        case .absent(let entry), .broken(let entry, _): entry
        case .hit, .baselineHit, .unusable, .unsuitable, .stored, .notStored: nil
        }
    }
}
