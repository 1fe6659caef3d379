public import Foundation

/// A script, of Python's or Node's, that answers requests by a pipe, line by line.
public final class OracleProcess {
    /// The interpreter, or a package, did not answer.
    public struct Missing: Error, CustomStringConvertible {
        let command: String
        public var description: String {
            command == "python3" ? "Wasmtime did not run: pip install wasmtime" : "\(command) did not answer"
        }
    }

    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var rest: [UInt8] = []
    private let missing: Missing

    /// - Parameter command: The interpreter with a script that prints `ready` when it has imported what it needs.
    /// - Throws: ``Missing``.
    public init(_ command: [String]) throws {
        missing = Missing(command: command.first ?? "")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = requests
        process.standardOutput = answers
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw missing }
        guard try line() == "ready" else { throw missing }
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    public func send(_ request: Data) throws { try requests.fileHandleForWriting.write(contentsOf: request) }

    /// The next line of an answer.
    ///
    /// - Throws: ``PythonOracle/Missing`` when the process ended.
    public func line() throws -> String {
        while true {
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                defer { rest.removeFirst(end + 1) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let more = answers.fileHandleForReading.availableData
            if more.isEmpty { throw missing }
            rest += more
        }
    }
}
