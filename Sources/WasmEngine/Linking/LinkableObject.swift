internal import CRuntime
internal import WasmLowering

/// A relocatable object that holds an artifact whole, for programs that link it: no code is loaded or made executable
/// when they run.
struct LinkableObject {
    let bytes: [UInt8]

    private struct Symbol {
        var name: String
        var offset: Int
        var byteCount: Int
        /// ELF's binding and type.
        var info: UInt8
        /// 0: defined elsewhere.
        var section: UInt16
    }

    /// - Parameters:
    ///   - externals: where calls of the C library are in the artifact: each stub is replaced by a jump that the
    ///     linker completes.
    ///   - symbol: the artifact's name for C.
    init(
        artifact: [UInt8], for architecture: Architecture, functions: [ObjectLinker.FunctionSymbol],
        externals: [(name: String, stub: Int)], symbol: String
    ) {
        var image = artifact
        var symbols = functions.map {
            Symbol(name: $0.name, offset: $0.offset, byteCount: $0.byteCount, info: 0x02, section: 1)
        }
        let localCount = symbols.count + 1
        symbols.append(Symbol(name: symbol, offset: 0, byteCount: image.count, info: 0x11, section: 1))
        var relocations: [UInt8] = []
        for (name, stub) in externals {
            symbols.append(Symbol(name: name, offset: 0, byteCount: 0, info: 0x10, section: 0))
            let jump = Jump(architecture)
            image.replaceSubrange(stub..<stub + jump.code.count, with: jump.code)
            var relocation = [UInt8](repeating: 0, count: ELF.relocationByteCount)
            relocation.store(UInt64(stub + jump.place), at: 0)
            relocation.store(UInt64(symbols.count) << 32 | jump.relocation, at: 8)
            relocation.store(jump.addend, at: 16)
            relocations += relocation
        }
        bytes = Self.file(image, architecture, symbols, localCount: localCount, relocations)
    }

    /// A jump whose target the linker writes into it.
    private struct Jump {
        let code: [UInt8]
        /// Where in the code the relocation applies.
        let place: Int
        let relocation: UInt64
        let addend: Int64

        init(_ architecture: Architecture) {
            switch architecture {
            case .x86_64: (code, place, relocation, addend) = ([0xE9, 0, 0, 0, 0], 1, 4, -4)  // R_X86_64_PLT32
            case .aarch64: (code, place, relocation, addend) = ([0, 0, 0, 0x14], 0, 282, 0)  // R_AARCH64_JUMP26
            }
        }
    }

    private static func file(
        _ image: [UInt8], _ architecture: Architecture, _ symbols: [Symbol], localCount: Int, _ relocations: [UInt8]
    ) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: ELF.headerByteCount)
        var headers = [UInt8](repeating: 0, count: ELF.sectionHeaderByteCount)
        var names: [UInt8] = [0]
        func add(
            _ name: String, type: UInt32, flags: UInt64, _ content: [UInt8], link: UInt32 = 0, info: UInt32 = 0,
            alignment: Int,
            entryByteCount: Int = 0
        ) {
            file.align(to: alignment)
            var header = [UInt8](repeating: 0, count: ELF.sectionHeaderByteCount)
            header.store(UInt32(names.count), at: 0)
            header.store(type, at: 4)
            header.store(flags, at: 8)
            header.store(UInt64(file.count), at: 24)
            header.store(UInt64(content.count), at: 32)
            header.store(link, at: 40)
            header.store(info, at: 44)
            header.store(UInt64(alignment), at: 48)
            header.store(UInt64(entryByteCount), at: 56)
            headers += header
            names += Array(name.utf8) + [0]
            file += content
        }
        var table = [UInt8](repeating: 0, count: ELF.symbolByteCount)
        var strings: [UInt8] = [0]
        for symbol in symbols {
            var entry = [UInt8](repeating: 0, count: ELF.symbolByteCount)
            entry.store(UInt32(strings.count), at: 0)
            entry.store(symbol.info, at: 4)
            entry.store(symbol.section, at: 6)
            entry.store(UInt64(symbol.offset), at: 8)
            entry.store(UInt64(symbol.byteCount), at: 16)
            table += entry
            strings += Array(symbol.name.utf8) + [0]
        }
        add(
            ".text.wasmc", type: ELF.programBits, flags: ELF.alloc | ELF.executable, image,
            alignment: architecture.pageByteCount)
        add(
            ".rela.text.wasmc", type: ELF.relocationsWithAddend, flags: 0, relocations, link: 3, info: 1, alignment: 8,
            entryByteCount: 24)
        add(
            ".symtab", type: ELF.symbolTable, flags: 0, table, link: 4, info: UInt32(localCount), alignment: 8,
            entryByteCount: 24)
        add(".strtab", type: ELF.stringTable, flags: 0, strings, alignment: 1)
        // Says that the stack need not be executable.
        add(".note.GNU-stack", type: ELF.programBits, flags: 0, [], alignment: 1)
        let sectionNames = names + Array(".shstrtab".utf8) + [0]
        add(".shstrtab", type: ELF.stringTable, flags: 0, sectionNames, alignment: 1)
        file.align(to: 8)
        let count = headers.count / ELF.sectionHeaderByteCount
        file.replaceSubrange(0..<7, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1])
        file.store(1 as UInt16, at: 16)  // relocatable
        file.store(architecture.elfMachine, at: 18)
        file.store(1 as UInt32, at: 20)
        file.store(UInt64(file.count), at: 40)
        file.store(UInt16(ELF.headerByteCount), at: 52)
        file.store(UInt16(ELF.sectionHeaderByteCount), at: 58)
        file.store(UInt16(count), at: 60)
        file.store(UInt16(count - 1), at: 62)
        return file + headers
    }
}
