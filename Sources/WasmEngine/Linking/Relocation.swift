internal import WasmLowering

/// What a relocation writes, given the distance from its place to its target: generated code is position-independent,
/// so no other form occurs.
struct RelocationPatch {
    let architecture: Architecture
    let type: UInt32
    /// Where in the image.
    let place: Int
    /// The target with the addend.
    let target: Int

    func apply(to image: inout [UInt8]) throws(CompileError) {
        switch architecture {
        case .x86_64: try applyX86(&image)
        case .aarch64: try applyAArch64(&image)
        }
    }

    private var distance: Int { target - place }

    private func put32(_ value: Int, at place: Int, _ image: inout [UInt8]) throws(CompileError) {
        guard let narrow = Int32(exactly: value) else { throw .linking("a relocation does not reach its target") }
        image.store(narrow, at: place)
    }

    private func applyX86(_ image: inout [UInt8]) throws(CompileError) {
        switch type {
        case 2, 4: try put32(distance, at: place, &image)  // R_X86_64_PC32, PLT32
        case 24:  // R_X86_64_PC64
            guard place + 8 <= image.count else { throw .linking("a relocation lies outside its section") }
            image.store(Int64(distance), at: place)
        case 9, 41, 42:  // R_X86_64_GOTPCREL, GOTPCRELX, REX_GOTPCRELX
            // A load of the target's address, or a call through it, becomes the address or the call itself.
            guard place >= 2 else { throw .linking("a relocation lies outside its section") }
            switch (image[place - 2], image[place - 1]) {
            case (0x8B, _): image[place - 2] = 0x8D  // mov -> lea
            case (0xFF, 0x15):  // call *target -> addr32 call target
                image[place - 2] = 0x67
                image[place - 1] = 0xE8
            default: throw .linking("an address is used in an unexpected way")
            }
            try put32(distance, at: place, &image)
        default: throw .linking("it has a relocation of the unknown kind \(type)")
        }
    }

    private func applyAArch64(_ image: inout [UInt8]) throws(CompileError) {
        let word: UInt32 = image.load(at: place)
        let low = UInt32(truncatingIfNeeded: target & 0xFFF)
        switch type {
        case 260:  // R_AARCH64_PREL64
            guard place + 8 <= image.count else { throw .linking("a relocation lies outside its section") }
            image.store(Int64(distance), at: place)
        case 261: try put32(distance, at: place, &image)  // PREL32
        case 282, 283:  // JUMP26, CALL26
            guard (-(1 << 27)..<(1 << 27)).contains(distance) else {
                throw .linking("a call does not reach its target")
            }
            image.store(word & 0xFC00_0000 | UInt32(truncatingIfNeeded: distance >> 2) & 0x03FF_FFFF, at: place)
        case 275:  // ADR_PREL_PG_HI21
            let pages = (target >> 12) - (place >> 12)
            let immediate =
                UInt32(truncatingIfNeeded: pages & 3) << 29 | UInt32(truncatingIfNeeded: pages >> 2 & 0x7FFFF) << 5
            image.store(word & 0x9F00_001F | immediate, at: place)
        case 277, 278: image.store(word | low << 10, at: place)  // ADD_ABS_LO12_NC, LDST8_ABS_LO12_NC
        case 284: image.store(word | (low >> 1) << 10, at: place)  // LDST16_ABS_LO12_NC
        case 285: image.store(word | (low >> 2) << 10, at: place)  // LDST32_ABS_LO12_NC
        case 286: image.store(word | (low >> 3) << 10, at: place)  // LDST64_ABS_LO12_NC
        case 299: image.store(word | (low >> 4) << 10, at: place)  // LDST128_ABS_LO12_NC
        default: throw .linking("it has a relocation of the unknown kind \(type)")
        }
    }
}

/// A jump to a function of the C library whose address is in the table after the image.
enum ExternalStub {
    static let byteCount = 16

    static func code(_ architecture: Architecture, at place: Int, cell: Int) -> [UInt8] {
        var code = [UInt8](repeating: 0xCC, count: byteCount)
        switch architecture {
        case .x86_64:
            code.replaceSubrange(0..<2, with: [0xFF, 0x25])  // jmp *cell(%rip)
            code.store(Int32(truncatingIfNeeded: cell - place - 6), at: 2)
        case .aarch64:
            let pages = (cell >> 12) - (place >> 12)
            let immediate =
                UInt32(truncatingIfNeeded: pages & 3) << 29 | UInt32(truncatingIfNeeded: pages >> 2 & 0x7FFFF) << 5
            code.store(0x9000_0010 | immediate, at: 0)  // adrp x16, cell
            let offset = UInt32(truncatingIfNeeded: (cell & 0xFFF) >> 3)
            code.store(0xF940_0210 | offset << 10, at: 4)  // ldr x16, [x16, cell]
            code.store(0xD61F_0200 as UInt32, at: 8)  // br x16
            code.store(0xD420_0000 as UInt32, at: 12)  // brk
        }
        return code
    }
}
