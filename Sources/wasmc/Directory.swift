import ArgumentParser

/// A directory as a person names it: the host's path, after `::` the program's name for it, and `:ro` if the program
/// may change nothing in it.
struct Directory {
    var host: PathName
    var guest: PathName
    var isReadOnly: Bool

    init(_ text: String) throws {
        isReadOnly = text.hasSuffix(":ro")
        let names = isReadOnly ? text.dropLast(3) : text[...]
        let separator = names.range(of: "::")
        let host = separator.map { names[..<$0.lowerBound] } ?? names
        let guest = separator.map { names[$0.upperBound...] } ?? names
        guard !host.isEmpty, !guest.isEmpty else {
            throw ValidationError("--dir takes host::guest[:ro], found '\(RawArguments.shown(text))'")
        }
        self.host = PathName(argument: String(host))
        self.guest = PathName(argument: String(guest))
    }
}
