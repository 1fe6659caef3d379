import Foundation

/// Builds workloads. What it built it keeps while command, sources and headers stay the same; what building cost it
/// forgets: compile times compare only within a run, since an hour later the machine may be another.
struct Builder {
    let scratch: String
    let drivers: String
    /// Seconds after which a process is killed.
    let timeout: Int
    /// Whether executables of earlier runs serve again, without a compile time.
    let keepsExecutables: Bool

    /// What building a file cost.
    struct Cost {
        var wall: Double
        var cpu: Double
    }

    private struct Record: Codable {
        var command: [String]
        var inputs: [String: Double]
    }

    init(scratch: String, drivers: String, timeout: Int, keepsExecutables: Bool) throws {
        self.scratch = scratch
        self.drivers = drivers
        self.timeout = timeout
        self.keepsExecutables = keepsExecutables
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let command = try Command(["clang-22", "-O2", "\(drivers)/measure.c", "-o", measureProgram])
        guard command.status == 0 else {
            throw Failure("clang-22 does not work; 'make setup-test' installs it\n\(command.errors)")
        }
    }

    private var measureProgram: String { "\(scratch)/measure" }

    /// A command that also writes what it cost.
    func measured(_ arguments: [String]) -> [String] { [measureProgram, String(timeout)] + arguments }

    /// The priority that processes get, as `nice` counts.
    func priority() throws -> String {
        let priority = DriverLine.values(try run(["true"]).errors)["priority"]
        return priority.map { "\(Int($0))" } ?? "unknown"
    }

    /// The path of a file to build.
    func path(_ workload: Workload, _ suffix: String) throws -> String {
        let folder = "\(scratch)/\(workload.name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return "\(folder)/\(workload.name)\(suffix)"
    }

    static let commonFlags = ["-O3", "-ffp-contract=off", "-w"]

    /// The files of a workload, and the flags that are its own.
    func program(_ workload: Workload) -> [String] {
        var files = workload.flags + workload.sources
        switch workload.kind {
        case .kernel, .program: files.append("\(drivers)/main.c")
        case .bare(let module): files += ["-x", "c", "\(drivers)/\(module.nativeDriver)"] + module.nativeFlags
        default: break
        }
        return files
    }

    /// Runs a command that makes `output` from `inputs`, also if an earlier run did so when `isMeasured`.
    ///
    /// - Returns: what it cost; `nil` when the earlier run's output serves again.
    @discardableResult func build(
        _ output: String, inputs: [String], isMeasured: Bool = false, _ command: [String]
    ) throws -> Cost? {
        let recordFile = URL(filePath: output + ".json")
        let headers = inputs.map {
            URL(filePath: $0).deletingLastPathComponent().deletingLastPathComponent().appending(path: "bench.h").path(
                percentEncoded: false)
        }
        let files = Set(inputs + headers + ["\(drivers)/main.c"])
        let dates = files.reduce(into: [String: Double]()) { $0[$1] = Self.modificationDate($1) }
        if !isMeasured || keepsExecutables, let data = try? Data(contentsOf: recordFile),
            let record = try? JSONDecoder().decode(Record.self, from: data),
            record.command == command, record.inputs == dates, FileManager.default.fileExists(atPath: output)
        {
            return nil
        }
        let times = DriverLine.values(try run(command).errors)
        try JSONEncoder().encode(Record(command: command, inputs: dates)).write(to: recordFile, options: .atomic)
        return Cost(wall: times["wall"] ?? 0, cpu: times["cpu"] ?? 0)
    }

    /// Runs a command that must succeed.
    @discardableResult func run(_ command: [String]) throws -> Command {
        let done = try Command(measured(command))
        guard done.status == 0 else { throw Failure("'\(command.joined(separator: " "))' failed:\n\(done.errors)") }
        return done
    }

    private static func modificationDate(_ path: String) -> Double? {
        let date = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        return date?.timeIntervalSinceReferenceDate
    }

    static func byteCount(_ path: String) -> Int? {
        try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    }
}

extension Builder {
    /// A program that does nothing.
    func probeSource() throws -> String {
        let path = "\(scratch)/probe.c"
        try "int main(void) { return 0; }\n".write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
