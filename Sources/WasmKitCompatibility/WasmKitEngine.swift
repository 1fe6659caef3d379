internal import WasmEngine

/// Compiles modules. One is enough for a program.
public final class Engine: Sendable {
    /// What it was made with.
    public let configuration: EngineConfiguration
    let engine: WasmEngine.Engine

    /// An engine with a configuration.
    public init(configuration: EngineConfiguration = EngineConfiguration()) {
        self.configuration = configuration
        var options = WasmEngine.Engine.Options()
        if configuration.compilationMode == .lazy { options.tiering = Tiering() }
        if configuration.memoryBoundsChecking == .software { options.memory = .checked }
        options.stackByteCount = configuration.stackSize.map { UInt64(max($0, 0)) }
        engine = WasmEngine.Engine(options: options)
    }
}

/// How modules are compiled.
public struct EngineConfiguration: Sendable {
    /// How an interpreter dispatches instructions. wasmc has none, so both are the same.
    public enum ThreadingModel: Sendable {
        /// Direct threading.
        case direct
        /// Token threading.
        case token
    }

    /// When functions are compiled.
    public enum CompilationMode: Sendable {
        /// All of them, optimised, when the module is instantiated.
        case eager
        /// All of them, not optimised; those that turn out to be hot are optimised while the guest runs.
        case lazy
    }

    /// How accesses beyond a memory's end are found.
    public enum MemoryBoundsChecking: Sendable {
        /// By protected pages behind it, where there is room for them.
        case mprotect
        /// By comparing addresses.
        case software
    }

    /// How accesses beyond a memory's end are found.
    public var memoryBoundsChecking: MemoryBoundsChecking
    /// Has no effect.
    public var threadingModel: ThreadingModel
    /// When functions are compiled.
    public var compilationMode: CompilationMode
    /// How much native stack guests may use, in bytes; the thread's if nil.
    public var stackSize: Int?
    /// Has no effect: modules may use all that wasmc implements.
    public var features: WasmFeatureSet

    /// A configuration; what is nil has its default.
    public init(
        threadingModel: ThreadingModel? = nil, compilationMode: CompilationMode? = nil, stackSize: Int? = nil,
        features: WasmFeatureSet = .default, memoryBoundsChecking: MemoryBoundsChecking? = nil
    ) {
        self.memoryBoundsChecking = memoryBoundsChecking ?? .mprotect
        self.threadingModel = threadingModel ?? .direct
        self.compilationMode = compilationMode ?? .lazy
        self.stackSize = stackSize
        self.features = features
    }
}

/// Names of WebAssembly proposals. wasmc decides itself what it implements.
public struct WasmFeatureSet: OptionSet, Sendable {
    /// One bit for each proposal.
    public let rawValue: Int

    /// The proposals of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// 64-bit memories.
    public static let memory64 = WasmFeatureSet(rawValue: 1 << 0)
    /// References.
    public static let referenceTypes = WasmFeatureSet(rawValue: 1 << 1)
    /// Threads.
    public static let threads = WasmFeatureSet(rawValue: 1 << 2)
    /// Tail calls.
    public static let tailCall = WasmFeatureSet(rawValue: 1 << 3)
    /// Vectors.
    public static let simd = WasmFeatureSet(rawValue: 1 << 4)
    /// Exceptions.
    public static let exceptionHandling = WasmFeatureSet(rawValue: 1 << 5)
    /// Those that modules commonly use.
    public static let `default`: WasmFeatureSet = [.referenceTypes, .exceptionHandling]
    /// All of them.
    public static let all: WasmFeatureSet = [
        .memory64, .referenceTypes, .threads, .tailCall, .simd, .exceptionHandling,
    ]
}

/// Where instances, memories, tables, globals and functions live.
public final class Store: Equatable {
    /// What compiles the store's modules.
    public let engine: Engine
    /// Asked before a memory or a table of this store grows or is made.
    public var resourceLimiter: any ResourceLimiter {
        get { limits.limiter }
        set { limits.limiter = newValue }
    }

    let store: WasmEngine.Store
    private let limits: Limits

    /// A store without anything in it.
    public init(engine: Engine) {
        self.engine = engine
        let limits = Limits()
        self.limits = limits
        store = WasmEngine.Store(mayUse: limits.allows)
    }

    /// The same store.
    public static func == (left: Store, right: Store) -> Bool { left === right }

    /// Beside the store, so that the closure that asks it keeps no store alive.
    private final class Limits {
        var limiter: any ResourceLimiter = Unlimited()

        func allows(_ request: ResourceRequest) -> Bool {
            let sum = request.inUse.addingReportingOverflow(request.requested)
            let unit: UInt64 = request.resource == .memoryPages ? 65536 : 1
            let product = sum.partialValue.multipliedReportingOverflow(by: unit)
            let desired = sum.overflow || product.overflow ? .max : Int(clamping: product.partialValue)
            // An error refuses, as false does: the guest cannot be told more.
            return switch request.resource {
            case .memoryPages: (try? limiter.limitMemoryGrowth(to: desired)) ?? false
            case .tableElements: (try? limiter.limitTableGrowth(to: desired)) ?? false
            case .instances, .hostReferences, .heapBytes: true
            }
        }
    }

    private struct Unlimited: ResourceLimiter {}
}

/// Decides how large the memories and tables of a store may become.
public protocol ResourceLimiter: Sendable {
    /// - Parameter desired: how many bytes all memories of the store would have.
    /// - Returns: whether they may; what it throws is a no.
    func limitMemoryGrowth(to desired: Int) throws -> Bool
    /// - Parameter desired: how many elements all tables of the store would have.
    /// - Returns: whether they may; what it throws is a no.
    func limitTableGrowth(to desired: Int) throws -> Bool
}

extension ResourceLimiter {
    /// Allows everything.
    public func limitMemoryGrowth(to desired: Int) throws -> Bool { true }
    /// Allows everything.
    public func limitTableGrowth(to desired: Int) throws -> Bool { true }
}
