internal import CRuntime
internal import WasmLowering

/// Code that stands for functions whose own is made when they are first called. A stub loads the function's index and
/// jumps to code that all stubs share: it goes on to where the function's code is by now, with every argument where it
/// was, or first asks the runtime for that code.
///
/// Machine code of x86-64 in the C convention: arguments are in six integer and eight vector registers and on the
/// stack, which stays as it is.
struct FunctionStubs {
    /// Executable, position-independent: the shared code, then the stubs.
    private(set) var code: [UInt8] = []
    /// Where the stack pointer is how far from the frame's end.
    private(set) var frames: [(start: Int, byteCount: Int)] = []

    private let start: Int
    private let sharedByteCount: Int
    private var positions: [Int: Int] = [:]

    private static let stubByteCount = 10
    private static let savedByteCount = 184
    private static let returnAddress = 8

    /// Whether there is such code; `nil` is an architecture that nothing is compiled for.
    static func exist(for architecture: Architecture?) -> Bool {
        switch architecture {
        case .x86_64: true
        case .aarch64, nil: false
        }
    }

    /// - Parameter start: where the code will be in the image.
    init(for functions: [Int], at start: Int) {
        self.start = start
        var shared = SharedCode()
        let byteCount = shared.byteCount(stubsByteCount: functions.count * Self.stubByteCount)
        sharedByteCount = byteCount
        code = shared.bytes
        frames = [
            (start, Self.returnAddress), (start + shared.frameStart, Self.returnAddress + Self.savedByteCount),
            (start + shared.frameEnd, Self.returnAddress),
        ]
        for (position, index) in functions.enumerated() {
            positions[index] = position
            code.append(0xB8)  // mov $index, %eax
            code.append(word: index)
            code.append(0xE9)  // jmp shared
            code.append(word: -(code.count + 4))
        }
    }

    /// Where the stubs are in the image.
    var span: wasmc_span {
        wasmc_span(offset: UInt32(start + sharedByteCount), count: UInt32(code.count - sharedByteCount))
    }

    func offset(ofFunction index: Int) -> Int? {
        positions[index].map { start + sharedByteCount + $0 * Self.stubByteCount }
    }

    /// In %rdi is the instance, in %rax the function's index; %r10 and %r11 hold nothing.
    private struct SharedCode {
        private(set) var bytes: [UInt8] = []
        /// From here on the frame has the saved registers, and from there on no more.
        private(set) var frameStart = 0
        private(set) var frameEnd = 0

        private static let saved = FunctionStubs.savedByteCount
        /// Of the six integer registers, %rdi to %r9: the prefix and the byte that names the register and (%rsp).
        private static let integers: [(prefix: UInt8, register: UInt8)] = [
            (0x48, 0x7C), (0x48, 0x74), (0x48, 0x54), (0x48, 0x4C), (0x4C, 0x44), (0x4C, 0x4C),
        ]

        private mutating func emit(_ instruction: UInt8..., word: Int? = nil) {
            bytes += instruction
            if let word { bytes.append(word: word) }
        }

        /// Saves or restores the registers that hold arguments.
        private mutating func move(integer: UInt8, vector: UInt8) {
            for (position, (prefix, register)) in Self.integers.enumerated() {
                emit(prefix, integer, register, 0x24, UInt8(position * 8))
            }
            for position in 0..<8 {
                emit(0x0F, vector, 0x84 + UInt8(position * 8), 0x24, word: (Self.integers.count + 2 * position) * 8)
            }
        }

        /// Makes the code; the result is its length, after which the stubs follow.
        mutating func byteCount(stubsByteCount: Int) -> Int {
            let shift = UInt8(MemoryLayout<wasmc_tier>.stride.trailingZeroBitCount)
            emit(0x4C, 0x8B, 0x9F, word: fieldOffset(\wasmc_instance.tiers))  // mov tiers(%rdi), %r11
            emit(0x49, 0x89, 0xC2)  // mov %rax, %r10
            emit(0x49, 0xC1, 0xE2, shift)  // shl $shift, %r10
            emit(0x4F, 0x8B, 0x9C, 0x13, word: fieldOffset(\wasmc_tier.code))  // mov code(%r11,%r10), %r11
            emit(0x4C, 0x8D, 0x15)  // lea stubs(%rip), %r10
            let distance = bytes.count
            bytes.append(word: 0)
            emit(0x49, 0xF7, 0xDA)  // neg %r10
            emit(0x4D, 0x01, 0xDA)  // add %r11, %r10
            emit(0x49, 0x81, 0xFA, word: stubsByteCount)  // cmp $stubsByteCount, %r10
            emit(0x72, 3)  // jb, to after the next instruction
            emit(0x41, 0xFF, 0xE3)  // jmp *%r11
            emit(0x48, 0x81, 0xEC, word: Self.saved)  // sub $saved, %rsp
            frameStart = bytes.count
            move(integer: 0x89, vector: 0x11)
            emit(0x89, 0xC6)  // mov %eax, %esi
            emit(0x48, 0x8B, 0x87, word: fieldOffset(\wasmc_instance.builtins))  // mov builtins(%rdi), %rax
            emit(0xFF, 0x90, word: fieldOffset(\wasmc_builtins.function_is_absent))  // call *function_is_absent(%rax)
            emit(0x49, 0x89, 0xC3)  // mov %rax, %r11
            move(integer: 0x8B, vector: 0x10)
            emit(0x48, 0x81, 0xC4, word: Self.saved)  // add $saved, %rsp
            frameEnd = bytes.count
            emit(0x41, 0xFF, 0xE3)  // jmp *%r11
            bytes.store(Int32(bytes.count - distance - 4), at: distance)
            return bytes.count
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: Int) {
        append(contentsOf: [0, 0, 0, 0])
        store(Int32(word), at: count - 4)
    }
}
