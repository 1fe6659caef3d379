import Foundation
import WasmEngine

/// What the command says. Nothing here traps, whatever the streams are: closed, full, or pipes that nobody reads.
enum Output {
    /// - Throws: ``Failure`` when standard output does not take all of it.
    static func write(_ bytes: [UInt8]) throws {
        let reason = DescriptorWriting.writeAll(bytes, to: STDOUT_FILENO)
        guard reason == 0 else {
            throw Failure("the standard output cannot be written: \(String(cString: strerror(reason)))")
        }
    }

    static func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// A line.
    ///
    /// - Throws: ``Failure`` when standard output does not take it.
    static func print(_ line: String) throws { try write(line + "\n") }

    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// To standard error. When that takes nothing there is nobody to tell; the exit status says what it can.
    static func note(_ text: String) {
        _ = DescriptorWriting.writeAll(Array(RawArguments.shown(text).utf8), to: STDERR_FILENO)
    }

    /// Makes closed standard streams ones that refuse everything: a file that is opened must not get their numbers, and
    /// take what is meant for them.
    static func reserveStreams() {
        for (stream, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)] {
            // Whatever is opened gets the lowest number that is free.
            if fcntl(stream, F_GETFD) < 0, errno == EBADF { _ = open("/dev/null", mode) }
        }
    }
}
