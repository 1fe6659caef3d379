internal import CRuntime

extension WASI {
    /// What a program takes for the time. Times are in nanoseconds.
    public struct Clock {
        /// The clocks of WASI, by their numbers.
        public enum Kind: UInt32, Sendable {
            /// Since 1970.
            case realTime = 0
            /// Never set back; from where it starts means nothing.
            case monotonic
            /// The processor's time that the process took.
            case processTime
            /// The processor's time that the thread took.
            case threadTime
        }

        /// The time in nanoseconds, from where each clock starts to count.
        public var now: (Kind) -> UInt64
        /// Called when the program waits for nothing but time; afterwards ``now`` should have moved by as much. Other
        /// threads of the program wait meanwhile, if they call WASI.
        public var sleep: (_ nanoseconds: UInt64) -> Void
        /// The smallest step of its time, in nanoseconds.
        public var resolution: UInt64

        /// A clock that tells the times of a function.
        public init(
            resolution: UInt64 = 1, now: @escaping (Kind) -> UInt64, sleep: @escaping (_ nanoseconds: UInt64) -> Void
        ) {
            self.now = now
            self.sleep = sleep
            self.resolution = resolution
        }

        /// A clock that stands still between its readings, moves by `step` at each, and jumps over a program's sleep:
        /// runs take no time and see the same times.
        public static func virtual(startingAt start: UInt64 = 0, step: UInt64 = 1000) -> Clock {
            var time = start
            return Clock(
                resolution: step,
                now: { _ in
                    time &+= step
                    return time
                },
                sleep: { time &+= $0 })
        }

        var boxed: ClockBox { ClockBox(self) }
    }

    /// Random numbers that depend on the seed alone: SplitMix64. Not for secrets.
    public struct SeededRandom: RandomNumberGenerator, Sendable {
        private var state: UInt64

        /// Numbers that follow from the seed alone.
        public init(seed: UInt64) { state = seed }

        /// The next number.
        public mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

final class ClockBox: BoxedForC {
    private let clock: WASI.Clock

    init(_ clock: WASI.Clock) { self.clock = clock }

    var interface: wasmc_wasi_clock {
        wasmc_wasi_clock(
            context: context,
            now: { context, kind in
                guard let box = ClockBox.from(context), let kind = WASI.Clock.Kind(rawValue: kind) else { return 0 }
                return box.clock.now(kind)
            },
            sleep: { context, nanoseconds in ClockBox.from(context)?.clock.sleep(nanoseconds) },
            resolution: clock.resolution)
    }
}

final class RandomBox: BoxedForC {
    private var generator: any RandomNumberGenerator

    init(_ generator: any RandomNumberGenerator) { self.generator = generator }

    var interface: wasmc_wasi_random {
        wasmc_wasi_random(context: context) { context, bytes, count in
            guard let box = RandomBox.from(context) else { return }
            for byte in UnsafeMutableBufferPointer(start: bytes, count: count).indices {
                bytes?[byte] = .random(in: .min ... .max, using: &box.generator)
            }
        }
    }
}
