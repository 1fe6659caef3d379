internal import CRuntime
internal import WasmLowering

/// Which instructions of the module the code comes from, put together from what the objects say of theirs.
struct CodeSites {
    private(set) var rows: [wasmc_code_site] = []
    private(set) var inlinedCalls: [wasmc_inlined_call] = []

    /// Adds an object's sections.
    ///
    /// - Parameter start: where the code is in the image whose address is at this offset of the section.
    /// - Throws: ``CompileError`` when a section is not as `wasmc_passes.h` describes it.
    mutating func add(_ section: [UInt8], start: (Int) -> Int?, inlinedCalls calls: [UInt8]) throws(CompileError) {
        let first = UInt32(inlinedCalls.count)
        func place(_ place: UInt32) -> UInt32 { place & WASMC_INLINED_PLACE == 0 ? place : place + first }
        for offset in stride(from: 0, to: calls.count - 7, by: 8) {
            inlinedCalls.append(
                wasmc_inlined_call(byte_offset: calls.load(at: offset), caller: place(calls.load(at: offset + 4))))
        }
        var position = 0
        while position + 16 <= section.count {
            let count = Int(truncatingIfNeeded: section.load(at: position + 8) as UInt64)
            guard let start = start(position), (0...(section.count - position - 16) / 8).contains(count) else {
                throw .linking("its table of code sites is damaged")
            }
            for offset in stride(from: position + 16, to: position + 16 + count * 8, by: 8) {
                let code = start + Int(section.load(at: offset) as UInt32)
                rows.append(wasmc_code_site(code_offset: UInt32(code), place: place(section.load(at: offset + 4))))
            }
            position += 16 + count * 8
        }
    }

    /// Of the whole image: sorted by address, and without rows that say what the one before said.
    mutating func finish() {
        rows.sort { $0.code_offset < $1.code_offset }
        var last: UInt32 = 0
        rows.removeAll { row in
            defer { last = row.place }
            return row.place == last
        }
    }

    /// Of all instructions that are named; sorted.
    var byteOffsets: [UInt32] {
        let places = rows.map(\.place) + inlinedCalls.flatMap { [$0.byte_offset, $0.caller] }
        return Set(places.filter { $0 != 0 && $0 & WASMC_INLINED_PLACE == 0 }).sorted()
    }
}
