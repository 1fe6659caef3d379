import Foundation
import WasmText

/// What came of one script in one mode.
public struct ScriptReport: Sendable, Codable {
    public struct Failure: Sendable, Codable {
        public var line: Int
        /// The command's first line.
        public var text: String
        public var message: String
    }

    public var file: String
    public var mode: String
    /// All commands of the script: those that passed, failed and were skipped together.
    public var commands = 0
    /// How many of the commands assert something.
    public var assertions = 0
    /// Commands that did what the script says.
    public var passed = 0
    /// Commands that did not, apart from the known ones; and what else is wrong with the script or the list of known
    /// failures.
    public var failures: [Failure] = []
    /// Commands that fail as the known-failures file says.
    public var skipped = 0
    public var seconds = 0.0

    public var failed: Int { failures.count }

    /// Runs a script.
    ///
    /// - Parameters:
    ///   - file: the name that known failures and the report use.
    ///   - knownFailures: entries for this file; one that passes becomes a failure.
    public init(running text: [UInt8], file: String, mode: Mode, knownFailures: KnownFailures = KnownFailures()) {
        self.file = file
        self.mode = mode.description
        let clock = ContinuousClock()
        let start = clock.now
        defer { seconds = (clock.now - start) / .seconds(1) }
        do {
            let script = try Script(text: text)
            guard mode.player.isEmpty else {
                try play(script, mode, knownFailures)
                return
            }
            let runner = try ScriptRunner(engine: mode.engine)
            var used: Set<KnownFailures.Place> = []
            for command in script.commands {
                let problem = runner.run(command)
                commands += 1
                if command.isAssertion { assertions += 1 }
                switch (problem, knownFailures.entry(file: file, line: command.line)) {
                case (nil, _):
                    passed += 1
                case (let problem?, nil):
                    failures.append(Failure(line: command.line, text: command.text, message: problem))
                case (_?, let place?):
                    used.insert(place)
                    skipped += 1
                }
            }
            for place in knownFailures.places(file: file) where !used.contains(place) {
                failures.append(
                    Failure(line: place.line ?? 0, text: "", message: "passes: take it off the list of known failures"))
            }
        } catch let error as TextError {
            failures.append(Failure(line: error.line, text: error.sourceLine, message: error.description))
        } catch {
            failures.append(Failure(line: 0, text: "", message: "\(error)"))
        }
    }
}

extension ScriptReport {
    /// Has a player do what the script says, on another machine.
    private mutating func play(_ script: Script, _ mode: Mode, _ knownFailures: KnownFailures) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let played = try EmulatedScript(script, engine: mode.engine, folder: folder)
        let files = ["input", "output"].map { folder.appending(path: $0) }
        try Data(played.input.utf8).write(to: files[0])
        try Data().write(to: files[1])
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = mode.player
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        commands = played.commandCount + played.failures.count
        assertions = played.assertionCount
        let output = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        for (command, message) in played.failures + played.differences(in: output) {
            if knownFailures.entry(file: file, line: command.line) != nil {
                skipped += 1
            } else {
                failures.append(Failure(line: command.line, text: command.text, message: message))
            }
        }
        passed = commands - failures.count - skipped
    }
}

extension Script.Command {
    var isAssertion: Bool {
        switch kind {
        case .assertReturn, .assertTrap, .assertInstantiationTrap, .assertExhaustion, .assertException, .assertInvalid,
            .assertMalformed, .assertUnlinkable:
            true
        case .unsupported, .unreadable: text.hasPrefix("(assert_")
        case .module, .definition, .instance, .register, .action: false
        }
    }
}
