internal import CRuntime
internal import WasmLowering

/// Turns LLVM's unwind information (`.eh_frame`) into a table that says, for each stretch of code, where the frame ends
/// and where it saved the caller's frame pointer. It is read only when a guest stops.
struct UnwindTable {
    private(set) var rows: [wasmc_unwind_row] = []

    private struct Rule: Equatable {
        var register = UnwindTable.stackPointer
        /// From the register to the frame's end.
        var offset = 8
        /// From the frame's end down to the saved frame pointer; 0 when it was not saved.
        var savedFramePointer = 0
    }

    private static let framePointer = 6
    private static let stackPointer = 7

    /// Adds a section's entries.
    ///
    /// - Parameters:
    ///   - start: where the function stands in the image whose address is at this offset of the section.
    ///   - function: the index of the guest's function that stands there; `nil` for trampolines.
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
                var rule = Rule()
                let originEnd = min(section.count, origin + 4 + Int(section.load(at: origin) as UInt32))
                // Version, "zR", alignments 1 and -8, the return address's register, one byte of encoding.
                var common = Instructions(section, origin + 17, originEnd)
                _ = try common.run(&rule) { _, _ in }
                var own = Instructions(section, position + 17, end)
                let index = function(place)
                var last: Rule?
                func emit(_ offset: Int, _ rule: Rule) {
                    if rule != last { rows.append(Self.row(place + offset, index, rule)) }
                    last = rule
                }
                emit(try own.run(&rule, emit), rule)
            }
            position = end
        }
    }

    /// Adds a function whose frame links to its caller's.
    mutating func add(start: Int, function: Int?) {
        rows.append(
            wasmc_unwind_row(
                code_offset: UInt32(start), function: function.map(UInt32.init) ?? .max, frame: 0,
                saved_frame_pointer: 0))
    }

    /// Adds stretches of code that LLVM did not make, each with how far its frame reaches from the stack pointer.
    mutating func add(_ frames: [(start: Int, byteCount: Int)]) {
        for frame in frames { rows.append(Self.row(frame.start, nil, Rule(offset: frame.byteCount))) }
    }

    /// Of the whole image: sorted by address.
    mutating func finish() { rows.sort { $0.code_offset < $1.code_offset } }

    private static func row(_ place: Int, _ function: Int?, _ rule: Rule) -> wasmc_unwind_row {
        let isKnown = rule.register == framePointer || rule.register == stackPointer
        return wasmc_unwind_row(
            code_offset: UInt32(place), function: function.map(UInt32.init) ?? .max,
            frame: isKnown ? UInt32(rule.offset) | (rule.register == framePointer ? 1 : 0) : 0,
            saved_frame_pointer: UInt32(rule.savedFramePointer))
    }

    /// DWARF's call frame instructions, as far as LLVM uses them on x86-64.
    private struct Instructions {
        private let bytes: [UInt8]
        private var position: Int
        private let end: Int
        private var saved: [Rule] = []

        init(_ bytes: [UInt8], _ position: Int, _ end: Int) {
            self.bytes = bytes
            self.position = position
            self.end = end
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
                case 0x80...0xBF:
                    let offset = try number() * 8
                    if Int(code & 0x3F) == UnwindTable.framePointer { rule.savedFramePointer = offset }
                case 0xC0...0xFF: if Int(code & 0x3F) == UnwindTable.framePointer { rule.savedFramePointer = 0 }
                case 0x00: break
                case 0x0A: saved.append(rule)
                case 0x0B: rule = saved.popLast() ?? rule
                case 0x0C: (rule.register, rule.offset) = (try number(), try number())
                case 0x0D: rule.register = try number()
                case 0x0E: rule.offset = try number()
                case 0x2E: _ = try number()
                default: throw .linking("its unwind information holds the unknown instruction \(code)")
                }
                if advance > 0 {
                    emit(location, rule)
                    location += advance
                }
            }
            return location
        }
    }
}
