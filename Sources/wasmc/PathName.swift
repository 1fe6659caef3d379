import ArgumentParser
import WasmEngine

/// A file's or a directory's name, which is bytes to the system. Its description is for people.
struct PathName: ExpressibleByArgument, CustomStringConvertible {
    /// With a NUL at the end.
    let bytes: [CChar]

    init(bytes: some Sequence<CChar>) { self.bytes = Array(bytes) + [0] }
    init(argument: String) { bytes = RawArguments.bytes(of: argument) }

    var description: String { bytes.pathText }

    var isStandardStream: Bool { bytes == [CChar(bitPattern: UInt8(ascii: "-")), 0] }

    static func + (path: PathName, suffix: String) -> PathName {
        PathName(bytes: path.text + suffix.utf8.map { CChar(bitPattern: $0) })
    }

    func hasSuffix(_ suffix: String) -> Bool {
        text.suffix(suffix.utf8.count).elementsEqual(suffix.utf8.map { CChar(bitPattern: $0) })
    }

    /// The directory that the file lies in.
    var folder: PathName {
        guard let slash = text.lastIndex(of: Self.slash) else { return PathName(argument: ".") }
        return PathName(bytes: text[...slash])
    }

    /// Without the directory.
    var name: PathName { PathName(bytes: text[(text.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)...]) }

    /// A name that is nothing but an extension stays.
    var withoutExtension: PathName {
        let start = text.count - (name.bytes.count - 1)
        guard let dot = text.lastIndex(of: CChar(bitPattern: UInt8(ascii: "."))), dot > start else { return self }
        return PathName(bytes: text[..<dot])
    }

    private var text: ArraySlice<CChar> { bytes.dropLast() }
    private static let slash = CChar(bitPattern: UInt8(ascii: "/"))
}
