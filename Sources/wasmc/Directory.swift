import ArgumentParser

/// A directory as a person names it: the host's path, after `::` the program's name for it, and `:ro` if the program may
/// change nothing in it.
struct Directory {
    var host: String
    var guest: String
    var isReadOnly: Bool

    init(_ text: String) throws {
        isReadOnly = text.hasSuffix(":ro")
        let names = isReadOnly ? text.dropLast(3) : text[...]
        let separator = names.range(of: "::")
        host = String(separator.map { names[..<$0.lowerBound] } ?? names)
        guest = String(separator.map { names[$0.upperBound...] } ?? names)
        guard !host.isEmpty, !guest.isEmpty else { throw ValidationError("--dir takes host::guest[:ro], found '\(text)'") }
    }
}
