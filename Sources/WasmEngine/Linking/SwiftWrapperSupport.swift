/// The parts of a module's wrapper that are the same for every module but for names.
enum SwiftWrapperSupport {
    static func errors(_ type: String) -> String {
        """
        extension \(type) {
            /// What stopped the guest: a trap of WebAssembly's, or a limit.
            public struct Trap: Error, CustomStringConvertible {
                /// In the words of WebAssembly's test suite.
                public let reason: String
                /// The guest's functions, a line each, the innermost first.
                public let backtrace: String
                /// The reason and where, for people.
                public var description: String { "the guest stopped: \\(reason)\\(backtrace)" }
            }

            /// The guest ended as a program does; a host function may throw it, too.
            public struct Exit: Error, Hashable {
                /// What the program gave to `exit`.
                public let status: UInt32
                /// An end with this status.
                public init(status: UInt32) { self.status = status }
            }

            /// The module cannot run on this machine, or there is no memory for an instance.
            public struct SetupError: Error, CustomStringConvertible { public let description: String }
        }

        """
    }

    static func guest(_ type: String, prefix: String, imports: Bool, wasi: Bool) -> String {
        """
        /// An instance as the C runtime has it, which gives it to host functions. It frees the store with itself.
        private final class Guest {
        \(imports ? "    let imports: any \(type)Imports\n" : "")\
        \(wasi ? "    private let wasi: OpaquePointer\n" : "")\
            private let store: UnsafeMutablePointer<wasmc_store>
            /// Set when the start function has run, or calls the host.
            private(set) var instance: UnsafeMutablePointer<wasmc_instance>?
            private var error: (any Error)?

            /// Loaded once, for as long as the process runs.
            private nonisolated(unsafe) static let module = loadModule()

            private static func loadModule() -> Result<UnsafeMutablePointer<wasmc_module>, \(type).SetupError> {
                var message = [CChar](repeating: 0, count: 512)
                let module = \(prefix)_load(&message, message.count)
                return module.map { .success($0) } ?? .failure(\(type).SetupError(description: text(message)))
            }

            init(\(parameters(type, imports, wasi))) throws {
                _ = try Self.module.get()
                guard let store = wasmc_store_create() else {
                    throw \(type).SetupError(description: "no memory is left for a store")
                }
                self.store = store
        \(imports ? "        self.imports = imports\n" : "")\(wasi ? wasiSetup : "")    }

            deinit {
                wasmc_store_destroy(store)
        \(wasi ? "        wasmc_wasi_destroy(wasi)\n" : "")    }

            func start() throws {
                var message = [CChar](repeating: 0, count: 512)
                let host = Unmanaged.passUnretained(self).toOpaque()
                let made = \(prefix)_instantiate(
                    store, try Self.module.get(), host, \(wasi ? "wasi" : "nil"), &message, message.count)
                if let made {
                    instance = made
                } else if let error {
                    throw error
                } else {
                    throw \(type).SetupError(description: Self.text(message))
                }
            }

            /// Throws unless the guest returned.
            func finish(_ result: wasmc_result) throws {
                switch result.outcome {
                case WASMC_RETURNED: return
                case WASMC_EXIT: throw \(type).Exit(status: result.exit_code)
                case WASMC_HOST_ERROR:
                    guard let error else { throw trap("a host function refused") }
                    self.error = nil
                    throw error
                case WASMC_EXCEPTION: throw trap("no handler caught its exception")
                default:
                    let reason = wasmc_trap_text(result.outcome).map { String(cString: $0) }
                    throw trap(reason ?? "it ended with outcome \\(result.outcome.rawValue)")
                }
            }

            private func trap(_ reason: String) -> \(type).Trap {
                var frames = [CChar](repeating: 0, count: 4096)
                if let trace = wasmc_last_backtrace(store) { wasmc_describe_backtrace(trace, &frames, frames.count) }
                return \(type).Trap(reason: reason, backtrace: Self.text(frames))
            }
        \(imports ? answer(type) : "")
            private static func text(_ buffer: [CChar]) -> String {
                String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }

        """
    }

    private static func parameters(_ type: String, _ imports: Bool, _ wasi: Bool) -> String {
        let all = [imports ? "_ imports: any \(type)Imports" : nil, wasi ? "_ wasi: \(type).WASI" : nil]
        return all.compactMap(\.self).joined(separator: ", ")
    }

    private static let wasiSetup = """
                guard let context = wasmc_wasi_create() else {
                    wasmc_store_destroy(store)
                    throw WASI.noMemory
                }
                self.wasi = context
                try wasi.fill(context)

        """

    /// What is between a C function that the guest calls and the host's Swift function.
    private static func answer(_ type: String) -> String {
        """

            /// Runs a host function. Its error waits here for whoever called the guest.
            static func answer(
                _ host: UnsafeMutableRawPointer, _ caller: UnsafeMutablePointer<wasmc_instance>,
                _ body: (Guest) throws -> Void
            ) -> wasmc_outcome {
                let guest = Unmanaged<Guest>.fromOpaque(host).takeUnretainedValue()
                if guest.instance == nil { guest.instance = caller }
                do { try body(guest) } catch {
                    guest.error = error
                    return WASMC_HOST_ERROR
                }
                return WASMC_RETURNED
            }

        """
    }

    static func memory(_ type: String) -> String {
        """
        extension \(type) {
            /// Bytes were asked for that the guest's memory does not have.
            public struct OutOfBounds: Error, Hashable {
                /// Where the first byte would be.
                public let address: UInt64
                /// How many there should be.
                public let byteCount: Int
            }

            /// The guest's memory. It may move whenever the guest runs: nothing of it is kept.
            public struct Memory {
                private let memory: UnsafeMutablePointer<wasmc_memory>
                private let guest: Guest

                fileprivate init(_ memory: UnsafeMutablePointer<wasmc_memory>, of guest: Guest) {
                    self.memory = memory
                    self.guest = guest
                }

                /// How many bytes there are now.
                public var byteCount: UInt64 { wasmc_memory_byte_count(memory) }

                /// Lets `body` use the guest's own bytes, as long as it runs and calls no guest.
                ///
                /// - Throws: ``OutOfBounds``, and what `body` throws.
                public func withBytes<Result>(
                    at address: some BinaryInteger, count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
                ) throws -> Result {
                    guard let start = UInt64(exactly: address), count >= 0,
                        let bytes = wasmc_memory_bytes(memory, start, UInt64(count))
                    else { throw OutOfBounds(address: UInt64(truncatingIfNeeded: address), byteCount: count) }
                    return try withExtendedLifetime(guest) {
                        try body(UnsafeMutableRawBufferPointer(start: bytes, count: count))
                    }
                }

                /// A copy of bytes.
                public func read(at address: some BinaryInteger, count: Int) throws -> [UInt8] {
                    try withBytes(at: address, count: count) { Array($0) }
                }

                /// Writes bytes, or throws and writes none.
                public func write(_ bytes: some Collection<UInt8>, at address: some BinaryInteger) throws {
                    try withBytes(at: address, count: bytes.count) { $0.copyBytes(from: bytes) }
                }

                /// The text in UTF-8; what is none is replaced.
                public func string(at address: some BinaryInteger, count: Int) throws -> String {
                    try withBytes(at: address, count: count) { String(decoding: $0, as: UTF8.self) }
                }

                /// The value whose bytes are there.
                public func load<Value: BitwiseCopyable>(
                    at address: some BinaryInteger, as type: Value.Type
                ) throws -> Value {
                    try withBytes(at: address, count: MemoryLayout<Value>.size) { $0.loadUnaligned(as: type) }
                }

                /// Writes a value's bytes.
                public func store<Value: BitwiseCopyable>(_ value: Value, at address: some BinaryInteger) throws {
                    try withBytes(at: address, count: MemoryLayout<Value>.size) {
                        $0.storeBytes(of: value, as: Value.self)
                    }
                }
            }
        }

        """
    }

    static func wasi(_ type: String) -> String {
        """
        private typealias WASI = \(type).WASI

        extension \(type) {
            /// What the guest sees of this process through WASI: its standard streams, and what is named here.
            public struct WASI {
                /// The program's own name first.
                public var arguments: [String] = []
                /// Its variables.
                public var environment: [(name: String, value: String)] = []
                /// The host's directories with the guest's names for them.
                public var directories: [(host: String, guest: String, isReadOnly: Bool)] = []

                /// Without arguments, variables and directories.
                public init() {}

                fileprivate static let noMemory = SetupError(description: "no memory is left for a WASI context")

                fileprivate func fill(_ context: OpaquePointer) throws {
                    var isComplete = true
                    for stream: Int32 in 0..<3 where isComplete {
                        isComplete = wasmc_wasi_add_file(context, stream, stream == 0, stream > 0)
                    }
                    for argument in arguments where isComplete {
                        isComplete = wasmc_wasi_add_argument(context, argument)
                    }
                    for (name, value) in environment where isComplete {
                        isComplete = wasmc_wasi_add_variable(context, "\\(name)=\\(value)")
                    }
                    guard isComplete else { throw WASI.noMemory }
                    for directory in directories
                    where !wasmc_wasi_preopen(context, directory.host, directory.guest, directory.isReadOnly) {
                        throw SetupError(description: "the directory \\(directory.host) cannot be opened")
                    }
                }
            }
        }

        """
    }

    static let vectors = """
        extension wasmc_value {
            fileprivate init(_ vector: SIMD16<UInt8>) {
                self.init()
                withUnsafeMutableBytes(of: &self) { $0.storeBytes(of: vector, as: SIMD16<UInt8>.self) }
            }

            fileprivate var vector: SIMD16<UInt8> {
                withUnsafeBytes(of: self) { $0.loadUnaligned(as: SIMD16<UInt8>.self) }
            }
        }

        """
}
