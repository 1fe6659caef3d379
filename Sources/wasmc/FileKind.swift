/// What bytes are that are no module, for a person who expected one.
enum FileKind {
    private static let formats: [(start: [UInt8], what: String)] = [
        ([0x1F, 0x8B], "it is compressed with gzip; unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "it is compressed with zstd; unpack it first"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "it is compressed with xz; unpack it first"),
        ([0x42, 0x5A, 0x68], "it is compressed with bzip2; unpack it first"),
        ([0x50, 0x4B, 0x03, 0x04], "it is a ZIP archive; unpack it first"),
        (Array("!<arch>\n".utf8), "it is an archive of objects; link it to a module first"),
        ([0x42, 0x43, 0xC0, 0xDE], "it is LLVM bitcode; compile it to WebAssembly first"),
        ([0xCA, 0xFE, 0xBA, 0xBE], "it is for Java or macOS"),
        ([0xCF, 0xFA, 0xED, 0xFE], "it is an executable for macOS"),
        ([0x4D, 0x5A], "it is an executable for Windows"),
        (Array("#!".utf8), "it is a script"),
    ]

    static let magic: [UInt8] = [0, 0x61, 0x73, 0x6D]

    /// `nil` for what may be a module: the binary format by its magic number, or text that starts as one does.
    static func obstacle(_ bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "the file is empty" }
        if bytes.starts(with: magic) {
            // The second half of the version says which layer a file belongs to.
            guard bytes.count >= 8, bytes[6] == 1, bytes[7] == 0 else { return nil }
            return """
                this is a component, and wasmc runs modules: build the program for wasm32-wasip1, or take the module \
                out of it with `wasm-tools component unbundle`
                """
        }
        if let format = formats.first(where: { bytes.starts(with: $0.start) }) {
            return "this is no module: \(format.what)"
        }
        return looksLikeText(bytes)
            ? nil
            : """
            this is no module: it starts neither with \\0asm, as the binary format does, nor with a parenthesis, as \
            the text format
            """
    }

    /// Text in UTF-8 whose first character that is not space or in a comment is a parenthesis.
    private static func looksLikeText(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while let first = rest.first {
            switch first {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): rest = rest.dropFirst()
            case UInt8(ascii: ";"):
                guard rest.starts(with: Array(";;".utf8)) else { return false }
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            default: return first == UInt8(ascii: "(")
            }
        }
        // Nothing but comments: the parser says so.
        return true
    }
}
