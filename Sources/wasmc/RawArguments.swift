import Foundation
import WasmEngine

/// The process's arguments and variables as they are: bytes, which need not be UTF-8.
///
/// ArgumentParser takes strings. So the bytes that are in no scalar's encoding are scalars of their own in them, from
/// the end of Unicode's private ones, and so are the bytes of these scalars themselves: every argument comes back as it
/// was.
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

    /// For ArgumentParser, without the command's name.
    static var strings: [String] { all.dropFirst().map { string($0.dropLast().map { UInt8(bitPattern: $0) }) } }

    /// What the bytes of a string were that ArgumentParser gave, or a part of it; with a NUL at their end.
    static func bytes(of text: String) -> [CChar] {
        text.unicodeScalars.flatMap { scalar -> [CChar] in
            if scalar.value >= firstByte { return [CChar(truncatingIfNeeded: scalar.value - firstByte)] }
            return String(scalar).utf8.map { CChar(bitPattern: $0) }
        } + [0]
    }

    /// A string as a person reads it.
    static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value >= firstByte }) else { return text }
        return bytes(of: text).pathText
    }

    private static let firstByte: UInt32 = 0x10FF00

    private static func string(_ bytes: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        var rest = bytes[...]
        while let byte = rest.first {
            var length = 1
            let scalar = (1...4).lazy.compactMap { count -> Unicode.Scalar? in
                length = count
                return String(validating: rest.prefix(count), as: UTF8.self)?.unicodeScalars.first
            }.first
            if let scalar, scalar.value < firstByte {
                scalars.append(scalar)
                rest = rest.dropFirst(length)
            } else {
                if let own = Unicode.Scalar(firstByte + UInt32(byte)) { scalars.append(own) }
                rest = rest.dropFirst()
            }
        }
        return String(scalars)
    }

    private static func bytes(_ text: UnsafeMutablePointer<CChar>) -> [CChar] {
        Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
    }
}
