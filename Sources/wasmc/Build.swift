import ArgumentParser
import Foundation
import WasmEngine

struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make one executable of a WASI program.",
        discussion: """
            The executable needs neither wasmc nor any library where it runs. Its arguments, environment and exit \
            status are the program's; the directories are those named here, found when it starts.
            """)

    @OptionGroup var engineOptions: EngineOptions

    @OptionGroup var target: TargetOptions

    @OptionGroup var profile: ProfileOptions

    @Option(
        help: ArgumentHelp(
            "A host directory that the program sees under a name of its own, with :ro read-only.",
            valueName: "host::guest[:ro]"))
    var dir: [String] = []

    @Option(
        help:
            """
            The program that starts the executable: the command `wasmc` of the target's architecture, by default \
            this one.
            """
    )
    var runner: PathName?

    @Option(name: .shortAndLong, help: "The executable; by default the module's name without its extension.")
    var output: PathName?

    @Argument(help: "The module: .wasm or .wat.") var file: PathName

    func run() throws {
        let module = try ModuleFile(file, features: engineOptions.features.features).module
        let directories = try dir.map(Directory.init)
        let path = output ?? file.name.withoutExtension
        let outputFile = try OutputFile(path, inputs: [file, runner ?? Self.launcher])
        var engine = engineOptions.engine
        engine.options.target = target.target
        engine.options.profile = try profile.profile()
        if WASIThreads.areNeeded(by: module) {
            throw Failure("\(file): the program starts threads, which executables cannot yet; `wasmc run` can")
        }
        if let obstacle = WASI.obstacle(toRunning: module) { throw Failure("\(file): \(obstacle)") }
        let artifact = try CompileProgress.show(for: module) { monitor in
            try engine.compiling { try $0.artifact(of: module, monitor: monitor) }
        }
        let runner = runner ?? Self.launcher
        let bytes: [UInt8]
        do {
            bytes = try StandaloneExecutable(
                runner: ModuleFile.bytes(runner), artifact: artifact,
                directoryTexts: directories.map { ($0.host.bytes, $0.guest.bytes, $0.isReadOnly) }
            ).bytes
        } catch let error as StandaloneExecutable.RunnerError {
            throw Failure("\(runner): \(error)")
        }
        try outputFile.write(bytes, mode: 0o777)
    }

    /// The command beside this compiler.
    private static var launcher: PathName {
        let compiler = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let file = compiler.deletingLastPathComponent().appending(path: "wasmc")
        return file.withUnsafeFileSystemRepresentation {
            PathName(bytes: UnsafeBufferPointer(start: $0, count: $0.map(strlen) ?? 0))
        }
    }
}
