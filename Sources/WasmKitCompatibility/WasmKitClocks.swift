internal import Foundation
internal import WasmEngine

/// What a program takes for the time of day.
public protocol WallClock: Sendable {
    /// A time in seconds and nanoseconds.
    typealias Duration = (seconds: UInt64, nanoseconds: UInt32)

    /// The time since 1970.
    func now() throws -> Duration
    /// The smallest step of this clock.
    func resolution() throws -> Duration
}

/// What a program takes for the time that passes, in nanoseconds.
public protocol MonotonicClock: Sendable {
    /// Nanoseconds since some moment.
    typealias Instant = UInt64
    /// Nanoseconds.
    typealias Duration = UInt64

    /// The time; it never goes back.
    func now() throws -> Instant
    /// The smallest step of this clock.
    func resolution() throws -> Duration
}

/// The machine's time of day.
public struct SystemWallClock: WallClock {
    /// The machine's clock.
    public init() {}
    /// The time since 1970.
    public func now() throws -> WallClock.Duration { time(of: CLOCK_REALTIME).parts }
    /// A nanosecond.
    public func resolution() throws -> WallClock.Duration { (0, 1) }
}

/// The machine's monotonic clock.
public struct SystemMonotonicClock: MonotonicClock {
    /// The machine's clock.
    public init() {}
    /// The time; it never goes back.
    public func now() throws -> MonotonicClock.Instant { time(of: CLOCK_MONOTONIC).nanoseconds }
    /// A nanosecond.
    public func resolution() throws -> MonotonicClock.Duration { 1 }
}

/// Where a program's random bytes come from. A `RandomNumberGenerator` need only say that it is one.
public protocol RandomBufferGenerator: Sendable {
    /// Fills all of a buffer.
    mutating func fill(buffer: UnsafeMutableBufferPointer<UInt8>)
}

extension RandomBufferGenerator where Self: RandomNumberGenerator {
    /// Fills a buffer with the generator's numbers.
    public mutating func fill(buffer: UnsafeMutableBufferPointer<UInt8>) {
        for index in buffer.indices { buffer[index] = .random(in: .min ... .max, using: &self) }
    }
}

extension SystemRandomNumberGenerator: RandomBufferGenerator {}

/// The numbers of what fills buffers.
struct BufferNumbers: RandomNumberGenerator {
    var generator: any RandomBufferGenerator

    mutating func next() -> UInt64 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 8) { bytes in
            bytes.initialize(repeating: 0)
            generator.fill(buffer: bytes)
            return UnsafeRawBufferPointer(bytes).loadUnaligned(as: UInt64.self)
        }
    }
}

extension WASI.Clock {
    /// Both clocks as one; `nil` for those of the machine, which need no help. A clock that fails stands at 0.
    init?(_ wall: any WallClock, _ monotonic: any MonotonicClock) {
        if wall is SystemWallClock, monotonic is SystemMonotonicClock { return nil }
        self.init(
            resolution: max((try? monotonic.resolution()) ?? 1, 1),
            now: { kind in
                switch kind {
                case .realTime:
                    (try? wall.now()).map { $0.seconds &* 1_000_000_000 &+ UInt64($0.nanoseconds) } ?? 0
                case .monotonic: (try? monotonic.now()) ?? 0
                case .processTime: time(of: CLOCK_PROCESS_CPUTIME_ID).nanoseconds
                case .threadTime: time(of: CLOCK_THREAD_CPUTIME_ID).nanoseconds
                }
            },
            sleep: { nanoseconds in Thread.sleep(forTimeInterval: Double(nanoseconds) / 1e9) })
    }
}

private func time(of clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
}

extension timespec {
    fileprivate var parts: WallClock.Duration { (UInt64(max(tv_sec, 0)), UInt32(max(tv_nsec, 0))) }
    fileprivate var nanoseconds: UInt64 { UInt64(max(tv_sec, 0)) &* 1_000_000_000 &+ UInt64(max(tv_nsec, 0)) }
}
