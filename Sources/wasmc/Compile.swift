public import ArgumentParser
import Foundation
public import WasmEngine
import WasmText

struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what a module compiles to.",
        discussion: """
            An artifact (.cwasm) is an ELF file that `wasmc run --precompiled` runs without compiling, and that \
            objdump, nm and gdb read. An object (.o) comes with a C header (.h), for programs that link both with the \
            library WasmcRuntime and neither compile nor load code when they run. A bundle (.artifactbundle) is that \
            for Swift packages: a binary target with a typed wrapper, which `swift` writes alone. Files are written \
            under temporary names and renamed, so they are never left half-written.
            """)

    @OptionGroup var engineOptions: EngineOptions

    @Option(help: "What to write: artifact, object, bundle, swift, wasm, wat, ir, optimized-ir or assembly.")
    var emit: String = "artifact"

    @Flag(help: "Write nothing; print what optimising did to each function: memory checks, loops, and why.")
    var explain = false

    @Flag(help: "With --explain: print JSON.") var json = false

    @OptionGroup var target: TargetOptions

    @OptionGroup var profile: ProfileOptions

    @Flag(help: "Generate code that --timeout and Ctrl-C can stop when it runs.") var interruptible = false

    @Flag(help: "Generate code that counts points, one for each instruction.") var metered = false

    @Option(
        name: .shortAndLong,
        help:
            """
            Where to; by default standard output for text and when the module is the standard input, else the \
            module's name with .cwasm, .o, .artifactbundle or .wasm.
            """
    )
    var output: PathName?

    @Argument(help: "The module: .wasm or .wat.") var file: PathName

    func validate() throws {
        guard explain || !json else { throw ValidationError("--json goes with --explain") }
        let forms = ["artifact", "object", "bundle", "swift", "wasm", "wat"] + CodeForm.allCases.map(\.rawValue)
        guard forms.contains(emit) else {
            throw ValidationError("--emit takes \(forms.joined(separator: ", ")), found '\(emit)'")
        }
        if emit == "object", let output = output ?? (file.isStandardStream ? file : nil),
            output.isStandardStream || output.hasSuffix(".h")
        {
            throw ValidationError("an object goes to a file, beside its header; --output names the object")
        }
        if emit == "bundle", (output ?? file).isStandardStream {
            throw ValidationError("a bundle is a folder; --output names it")
        }
    }

    func run() throws {
        let module = try ModuleFile(file, features: engineOptions.features.features).module
        var engine = engineOptions.engine
        engine.options.target = target.target
        engine.options.isInterruptible = interruptible
        engine.options.profile = try profile.profile()
        if metered { engine.options.metering = .points { _ in 1 } }
        if explain {
            let explanation = Explanation(reports: try engine.compiling { try $0.explain(module) }, module: module)
            return json ? try explanation.printJSON() : try explanation.print()
        }
        let path = output ?? defaultOutput
        if emit == "bundle" { return try Bundle(path, target: engine.options.target).write(module, with: engine) }
        let outputFile = path.isStandardStream ? nil : try OutputFile(path, inputs: [file])
        let bytes: [UInt8]
        switch (emit, CodeForm(rawValue: emit)) {
        case (_, let form?): bytes = try engine.compiling { try $0.emit(module, as: form) }
        case ("wasm", _): bytes = module.bytes
        case ("swift", _):
            let name = (path.isStandardStream ? file : path).name.withoutExtension.description
            bytes = Array(try engine.swiftWrapper(of: module, name: name, cModule: "C" + name).source.utf8)
        case ("wat", _): bytes = Array(WasmText.print(module).utf8)
        case ("object", _):
            let file = path.withoutExtension
            let headerFile = try OutputFile(file + ".h", inputs: [self.file])
            try headerFile.keepForeign(mark: "// The module ")
            let (object, header) = try engine.compiling {
                try $0.linkableObject(of: module, name: file.name.description)
            }
            try headerFile.write(Array(header.utf8))
            bytes = object
        default:
            bytes = try CompileProgress.show(for: module) { monitor in
                try engine.compiling { try $0.artifact(of: module, monitor: monitor) }
            }
        }
        if let outputFile { try outputFile.write(bytes) } else { try Output.write(bytes) }
    }

    private var defaultOutput: PathName {
        let name = file.name.withoutExtension
        if file.isStandardStream { return file }
        return switch emit {
        case "artifact": name + ".cwasm"
        case "object": name + ".o"
        case "wasm": name + ".wasm"
        case "bundle": name + ".artifactbundle"
        default: PathName(argument: "-")
        }
    }
}

/// The machine that a file is made for.
struct TargetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The machine to compile for: \(Target.named.keys.sorted().joined(separator: ", ")). The default runs on the \
            processors of the last ten years.
            """,
            valueName: "name"))
    var target: Target = .portable
}

extension Target: ExpressibleByArgument {
    public init?(argument: String) {
        guard let target = Target.named[argument] else { return nil }
        self = target
    }

    public var defaultValueDescription: String {
        Target.named.filter { $0.value == self }.keys.max() ?? triple
    }
}
