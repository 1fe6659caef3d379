/// What is wrong with a text, and where.
public struct TextError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    /// From 1.
    public var line: Int
    /// From 1, in bytes.
    public var column: Int
    /// The line of the source.
    public var source: String

    init(_ message: String, at offset: Int, in text: [UInt8]) {
        self.message = message
        let offset = min(offset, text.count)
        let start = (text[..<offset].lastIndex(of: 0x0A) ?? -1) + 1
        let end = text[offset...].firstIndex(of: 0x0A) ?? text.count
        line = text[..<offset].count { $0 == 0x0A } + 1
        column = offset - start + 1
        source = String(decoding: text[start..<end], as: UTF8.self)
    }

    /// The message, the line, and a caret under the place.
    public var description: String {
        let caret = source.utf8.prefix(column - 1).map { $0 == 0x09 ? "\t" : " " }.joined() + "^"
        return "\(line):\(column): \(message)\n\(source)\n\(caret)"
    }
}
