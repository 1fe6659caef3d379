internal import CRuntime
internal import Synchronization

extension WASI {
    /// What a program reads as its standard input.
    public enum Input {
        /// This process's own standard input.
        case inherited
        /// Nothing: the end at once.
        case empty
        /// A host file, pipe, socket or terminal. It is duplicated, so the host may close its own.
        case descriptor(Int32)
        /// These bytes, and then the end.
        case bytes([UInt8])
        /// Asked for up to so many bytes; none is the end. What it throws stops the program and arrives at the caller.
        case closure((_ maximumByteCount: Int) throws -> [UInt8])

        /// Standard input that has the text in UTF-8.
        public static func text(_ text: String) -> Input { .bytes(Array(text.utf8)) }

        func source(inherited: Int32) -> StreamSource {
            switch self {
            case .inherited: .descriptor(inherited, canRead: true, canWrite: false)
            case .empty: .implemented(StreamBox(read: { _ in [] }))
            case .descriptor(let file): .descriptor(file, canRead: true, canWrite: false)
            case .bytes(let bytes): .implemented(StreamBox(reading: bytes))
            case .closure(let read): .implemented(StreamBox(read: read))
            }
        }
    }

    /// Where a program's output goes.
    public enum Output {
        /// This process's own stream of the same number.
        case inherited
        /// Nowhere.
        case discarded
        /// A host file, pipe, socket or terminal. It is duplicated, so the host may close its own.
        case descriptor(Int32)
        /// A buffer of the host's.
        case buffer(OutputBuffer)
        /// Given what was written, never more than 16 KiB at once. What it throws stops the program and arrives at the
        /// caller.
        case closure((_ bytes: [UInt8]) throws -> Void)

        func source(inherited: Int32) -> StreamSource {
            switch self {
            case .inherited: .descriptor(inherited, canRead: false, canWrite: true)
            case .discarded: .implemented(StreamBox(write: { $0.count }))
            case .descriptor(let file): .descriptor(file, canRead: false, canWrite: true)
            case .buffer(let buffer): .implemented(StreamBox(write: buffer.append))
            case .closure(let write):
                .implemented(
                    StreamBox(write: {
                        try write($0)
                        return $0.count
                    }))
            }
        }
    }

    /// Collects output, up to a limit; beyond it the program is told that no space is left. Any thread may look.
    public final class OutputBuffer: Sendable {
        /// As many bytes are kept.
        public let limit: Int
        private let kept = Mutex<[UInt8]>([])

        /// An empty buffer.
        ///
        /// - Parameter limit: how many bytes it keeps; by default 64 MiB.
        public init(limit: Int = 64 << 20) { self.limit = max(0, limit) }

        /// What has been written up to the limit.
        public var bytes: [UInt8] { kept.withLock { $0 } }

        /// The bytes as text; what is no UTF-8 is replaced.
        public var text: String { String(decoding: bytes, as: UTF8.self) }

        /// Empties the buffer and returns what it held.
        public func take() -> [UInt8] {
            kept.withLock { bytes in
                defer { bytes = [] }
                return bytes
            }
        }

        func append(_ new: [UInt8]) -> Int {
            kept.withLock { bytes in
                let accepted = min(new.count, limit - bytes.count)
                bytes += new.prefix(accepted)
                return accepted > 0 || new.isEmpty ? accepted : StreamBox.noSpace
            }
        }
    }
}

/// How a stream reaches the C runtime.
enum StreamSource {
    case descriptor(Int32, canRead: Bool, canWrite: Bool)
    case implemented(StreamBox)
}

/// A stream that Swift implements.
final class StreamBox: BoxedForC {
    /// WASI's errno "no space", negated.
    static let noSpace = -51

    private let read: ((Int) throws -> [UInt8])?
    private let write: (([UInt8]) throws -> Int)?

    init(read: ((Int) throws -> [UInt8])? = nil, write: (([UInt8]) throws -> Int)? = nil) {
        self.read = read
        self.write = write
    }

    convenience init(reading bytes: [UInt8]) {
        var position = 0
        self.init(read: { maximum in
            let part = bytes[position...].prefix(maximum)
            position += part.count
            return Array(part)
        })
    }

    var interface: wasmc_wasi_stream {
        wasmc_wasi_stream(
            context: context,
            read: read == nil
                ? nil
                : { context, caller, bytes, count in
                    StreamBox.from(context)?.transfer(caller) { box in
                        let given = try box.read?(count) ?? []
                        // A closure that gives more than was asked for loses the rest.
                        UnsafeMutableRawBufferPointer(start: bytes, count: count).copyBytes(from: given.prefix(count))
                        return min(given.count, count)
                    } ?? 0
                },
            write: write == nil
                ? nil
                : { context, caller, bytes, count in
                    StreamBox.from(context)?.transfer(caller) { box in
                        try box.write?(Array(UnsafeBufferPointer(start: bytes, count: count))) ?? 0
                    } ?? 0
                })
    }

    private func transfer(_ caller: UnsafeMutablePointer<wasmc_instance>?, _ body: (StreamBox) throws -> Int) -> Int64 {
        do {
            return Int64(try body(self))
        } catch {
            guard let store = Store.of(caller) else { return Int64(Self.noSpace) }
            // Every Swift frame returns before the runtime unwinds the guest; the error waits here for the caller.
            store.pendingError = error
            return .min
        }
    }
}
