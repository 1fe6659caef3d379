internal import CRuntime
internal import WasmLowering

/// Turns LLVM's unwind information (`.eh_frame`) into a table that says, for each stretch of code, where the frame ends
/// and where it saved the registers that calls preserve. It is read only when a guest stops or throws.
struct UnwindTable {
    private(set) var rows: [wasmc_unwind_row] = []
    /// Those that rows name.
    private(set) var savedRegisters: [wasmc_saved_registers] = []
    private var savedIndices: [SavedRegisters: UInt32] = [:]
    private let registers: Registers

    /// DWARF's numbers of an architecture's registers.
    private struct Registers {
        let framePointer, stackPointer: Int
        /// From the stack pointer to the frame's end when a function starts.
        let offsetAtEntry: Int
        /// Place in a `wasmc_saved_registers`, by number.
        let places: [Int: Int]

        init(_ architecture: Architecture) {
            let saved: [Int]
            switch architecture {
            case .x86_64:
                (framePointer, stackPointer, offsetAtEntry) = (6, 7, 8)
                saved = [3, 6, 12, 13, 14, 15]
            case .aarch64:
                (framePointer, stackPointer, offsetAtEntry) = (29, 31, 0)
                saved = Array(19...30) + Array(72...79)
            }
            places = Dictionary(uniqueKeysWithValues: saved.enumerated().map { ($0.element, $0.offset) })
        }
    }

    /// The words from the frame's end down to each register, a byte each.
    private struct SavedRegisters: Hashable {
        private var low: UInt64 = 0, middle: UInt64 = 0, high: UInt64 = 0

        subscript(place: Int) -> UInt8 {
            get { UInt8(truncatingIfNeeded: self[keyPath: Self.words[place / 8]] >> UInt64(place % 8 * 8)) }
            set {
                let shift = UInt64(place % 8 * 8)
                let word = Self.words[place / 8]
                self[keyPath: word] = self[keyPath: word] & ~(0xFF << shift) | UInt64(newValue) << shift
            }
        }

        private static var words: [WritableKeyPath<Self, UInt64>] { [\.low, \.middle, \.high] }

        var c: wasmc_saved_registers {
            var result = wasmc_saved_registers()
            withUnsafeMutableBytes(of: &result) { bytes in
                for place in bytes.indices { bytes[place] = self[place] }
            }
            return result
        }
    }

    private struct Rule: Equatable {
        var register: Int
        /// From the register to the frame's end.
        var offset: Int
        var saved = SavedRegisters()
    }

    init(_ architecture: Architecture) { registers = Registers(architecture) }

    /// Adds a section's entries.
    ///
    /// - Parameters:
    ///   - start: where the function is in the image whose address is at this offset of the section.
    ///   - function: the index of the guest's function that is there; `nil` for trampolines.
    /// - Throws: ``CompileError`` when the section is not as LLVM writes it.
    mutating func add(
        _ section: [UInt8], start: (Int) -> Int?, function: (Int) -> Int?
    ) throws(CompileError) {
        var position = 0
        while position + 4 <= section.count {
            let byteCount = Int(section.load(at: position) as UInt32)
            if byteCount == 0 { return }
            let end = position + 4 + byteCount
            guard byteCount >= 4, end <= section.count else { throw .linking("its unwind information is cut off") }
            let distance = Int(section.load(at: position + 4) as UInt32)
            if distance != 0, let place = start(position + 8) {
                let origin = position + 4 - distance
                guard origin >= 0, origin + 4 <= section.count else {
                    throw .linking("its unwind information is damaged")
                }
                var rule = Rule(register: registers.stackPointer, offset: registers.offsetAtEntry)
                let originEnd = min(section.count, origin + 4 + Int(section.load(at: origin) as UInt32))
                // Version, "zR", both alignments, the return address's register, one byte of encoding: a byte each.
                let units = (code: Int(section[origin + 12]), saved: 128 - Int(section[origin + 13]))
                var common = Instructions(section, origin + 17, originEnd, units, registers.places)
                _ = try common.run(&rule) { _, _ in }
                var own = Instructions(section, position + 17, end, units, registers.places)
                let index = function(place)
                var found: [(offset: Int, rule: Rule)] = []
                let offset = try own.run(&rule) { found.append(($0, $1)) }
                found.append((offset, rule))
                var last: Rule?
                for (offset, rule) in found where rule != last {
                    rows.append(row(place + offset, index, rule))
                    last = rule
                }
            }
            position = end
        }
    }

    /// Adds stretches of code that LLVM did not make, each with how far its frame reaches from the stack pointer.
    mutating func add(_ frames: [(start: Int, byteCount: Int)]) {
        for frame in frames {
            rows.append(row(frame.start, nil, Rule(register: registers.stackPointer, offset: frame.byteCount)))
        }
    }

    /// Of the whole image: sorted by address.
    mutating func finish() { rows.sort { $0.code_offset < $1.code_offset } }

    private mutating func row(_ place: Int, _ function: Int?, _ rule: Rule) -> wasmc_unwind_row {
        let isAtFramePointer = rule.register == registers.framePointer
        let isKnown = isAtFramePointer || rule.register == registers.stackPointer
        var saved = savedIndices[rule.saved]
        if saved == nil {
            saved = UInt32(savedRegisters.count)
            savedIndices[rule.saved] = saved
            savedRegisters.append(rule.saved.c)
        }
        return wasmc_unwind_row(
            code_offset: UInt32(place), function: function.map(UInt32.init) ?? .max,
            frame: isKnown ? UInt32(rule.offset) | (isAtFramePointer ? 1 : 0) : 0, saved: saved ?? 0)
    }

    /// DWARF's call frame instructions, as far as LLVM uses them.
    private struct Instructions {
        private let bytes: [UInt8]
        private var position: Int
        private let end: Int
        private let units: (code: Int, saved: Int)
        private let places: [Int: Int]
        private var kept: [Rule] = []

        init(
            _ bytes: [UInt8], _ position: Int, _ end: Int, _ units: (code: Int, saved: Int), _ places: [Int: Int]
        ) {
            self.bytes = bytes
            self.position = position
            self.end = end
            self.units = units
            self.places = places
        }

        private func save(_ register: Int, at offset: Int, _ rule: inout Rule) throws(CompileError) {
            guard let place = places[register] else { return }
            let byteCount = offset * units.saved
            guard byteCount % 8 == 0, let words = UInt8(exactly: byteCount / 8) else {
                throw .linking("a register is saved where its unwind information cannot say")
            }
            rule.saved[place] = words
        }

        private mutating func byte() throws(CompileError) -> UInt8 {
            guard position < end else { throw .linking("its unwind information is cut off") }
            position += 1
            return bytes[position - 1]
        }

        private mutating func number() throws(CompileError) -> Int {
            var result = 0
            for shift in stride(from: 0, to: 56, by: 7) {
                let next = try byte()
                result |= Int(next & 0x7F) << shift
                if next < 0x80 { return result }
            }
            throw .linking("a number in its unwind information is too long")
        }

        private mutating func fixed(byteCount: Int) throws(CompileError) -> Int {
            var result = 0
            for index in 0..<byteCount { result |= Int(try byte()) << (8 * index) }
            return result
        }

        /// Calls `emit` with each stretch's start and rule; the last one's start is the result.
        mutating func run(_ rule: inout Rule, _ emit: (Int, Rule) -> Void) throws(CompileError) -> Int {
            var location = 0
            while position < end {
                let code = try byte()
                var advance = 0
                switch code {
                case 0x40...0x7F: advance = Int(code & 0x3F)
                case 0x02: advance = try fixed(byteCount: 1)
                case 0x03: advance = try fixed(byteCount: 2)
                case 0x04: advance = try fixed(byteCount: 4)
                case 0x80...0xBF: try save(Int(code & 0x3F), at: try number(), &rule)
                case 0xC0...0xFF: try save(Int(code & 0x3F), at: 0, &rule)
                case 0x00: break
                case 0x05: try save(try number(), at: try number(), &rule)
                case 0x06: try save(try number(), at: 0, &rule)
                case 0x0A: kept.append(rule)
                case 0x0B:
                    guard let last = kept.popLast() else {
                        throw .linking("its unwind information restores what it has not kept")
                    }
                    rule = last
                case 0x0C: (rule.register, rule.offset) = (try number(), try number())
                case 0x0D: rule.register = try number()
                case 0x0E: rule.offset = try number()
                case 0x2E: _ = try number()
                default: throw .linking("its unwind information holds the unknown instruction \(code)")
                }
                if advance > 0 {
                    emit(location, rule)
                    location += advance * units.code
                }
            }
            return location
        }
    }
}
