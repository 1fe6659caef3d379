public import Wasm

/// The text format: from text to the binary format.
public enum WasmText {
    /// Assembles a module. The result is well-formed; ``Wasm/Module/init(bytes:)`` validates it.
    ///
    /// - Throws: ``TextError``
    public static func assemble(_ text: [UInt8]) throws(TextError) -> [UInt8] {
        var parser = ModuleParser(try TokenReader(text))
        return try parser.parse()
    }
}

extension Module {
    /// Assembles, decodes and validates a module.
    ///
    /// - Throws: ``TextError``, or ``ModuleError`` with an offset in the assembled bytes.
    public init(text: some Sequence<UInt8>) throws { try self.init(bytes: WasmText.assemble(Array(text))) }

    /// As above, from a string.
    public init(text: String) throws { try self.init(text: text.utf8) }
}
