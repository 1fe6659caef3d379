import Foundation

/// The process's arguments and variables as they are: bytes, of which Swift's strings are a repaired copy.
enum RawArguments {
    /// Each with a NUL at its end.
    static let all: [[CChar]] = (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0].map(bytes) }

    static var environment: [[CChar]] {
        var variables: [[CChar]] = []
        var next = environ
        while let variable = next.pointee {
            variables.append(bytes(variable))
            next += 1
        }
        return variables
    }

    /// What an argument, or the end of one, was before Swift repaired it.
    static func bytes(of text: String) -> [CChar] {
        let utf8 = text.utf8.map { CChar(bitPattern: $0) } + [0]
        guard text.unicodeScalars.contains("\u{FFFD}") else { return utf8 }
        for argument in all {
            for start in argument.indices where repaired(argument[start...]) == text { return Array(argument[start...]) }
        }
        return utf8
    }

    private static func bytes(_ text: UnsafeMutablePointer<CChar>) -> [CChar] {
        Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
    }

    private static func repaired(_ bytes: ArraySlice<CChar>) -> String {
        String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
