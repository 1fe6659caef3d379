import Foundation

/// A file of environment variables: a line for each, `NAME=VALUE`, or `NAME` for this process's value. Empty lines and
/// those that start with `#` are skipped. Nothing is quoted: a value is the rest of its line.
enum EnvironmentFile {
    /// - Returns: the variables as bytes with a NUL at the end.
    /// - Throws: ``Failure`` with the line that is none.
    static func variables(_ path: PathName) throws -> [[CChar]] {
        var variables: [[CChar]] = []
        let lines = try ModuleFile.bytes(path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            guard first != UInt8(ascii: "="), !line.contains(0) else {
                throw Failure("\(path):\(number + 1): a line is NAME=VALUE or NAME, or starts with #")
            }
            variables.append(line.map { CChar(bitPattern: $0) } + [0])
        }
        return variables
    }
}
