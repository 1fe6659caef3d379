import Foundation

/// Runs a command found in PATH and waits for it; both its outputs go to `output`, or nowhere.
func execute(_ arguments: [String], output: FileHandle?) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output ?? FileHandle.nullDevice
    process.standardError = output ?? FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process
}
