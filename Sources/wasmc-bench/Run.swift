import ArgumentParser
import Foundation

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run workloads in every engine in turn, and report.",
        discussion: """
            Each workload is a C file, built natively and to WebAssembly; real programs' sources go with it. A sample \
            is one process: the least time of its calls of the kernel. What is reported is the median of the samples, \
            and the ratio to the fastest native build. Engines take turns, one process at a time; all must agree on \
            the checksum.

            Engines are native (built for this CPU), native-v3 (x86-64-v3), wasmc, wasm2c (with clang), wasmtime, v8, \
            v8-turbofan (without its first tier), wasmkit, or one of yours by --engine. wasmc takes a level and a \
            memory protection, and can count points, be interruptible or begin at O0: wasmc-O0, wasmc-guarded, \
            wasmc-O3-checked, wasmc-metered, wasmc-interruptible, wasmc-tiered, or arranged by a profile of the same \
            workload: wasmc-profiled. What is not on the machine is listed as missing.
            With --cold there are large programs in place of all that: from nothing (cold), after one run (second), \
            and with all of their code compiled before (warm).
            With --simd each engine also runs the build with -msimd128, under its name and '+simd'.

            Native programs and wasm2c's are built anew in each run, beside the other engines' compiling, since \
            compile times of different hours do not compare. --keep-executables saves that time, and gives no compile \
            times for them.

            Exit status: 0; 1 when a row is an error or nothing could be measured; 2 when --compare finds regressions; \
            64 for unusable arguments.
            """)

    @Option(help: "The engines, separated by commas.")
    var engines = EngineNames.all

    @Option(help: ArgumentHelp("Another engine: a command that runs a WASI program.", valueName: "name=command {wasm}"))
    var engine: [String] = []

    @Option(help: "Only the workloads of these names, or of names that contain these words, separated by commas.")
    var filter: String?

    @Flag(help: "List the workloads.")
    var list = false

    @Flag(help: "Leave out real programs, whose sources are fetched from Debian's source packages.")
    var kernelsOnly = false

    @Flag(help: "Only start large programs, from nothing and again, whose modules are fetched from Python packages.")
    var cold = false

    @Flag(help: "Only measure what WebAssembly 3.0 added: exceptions, tail calls, 64-bit addresses, threads.")
    var version3 = false

    @Flag(help: "Also measure builds with -msimd128.")
    var simd = false

    @Option(help: "Samples, that is processes, for each workload and engine.")
    var rounds = 5

    @Option(help: "How long a process calls the kernel, in milliseconds.")
    var milliseconds = 100

    @Option(help: "Seconds after which a process is killed.")
    var timeout = 300

    @Option(help: "The folder of the workloads' sources.")
    var workloads = "Fixtures/bench"

    @Option(help: "The folder for what is built.")
    var scratch = ".build/bench"

    @Flag(help: "Run native programs and wasm2c's as earlier runs built them, without compile times for them.")
    var keepExecutables = false

    @Flag(help: "Print the result as JSON instead of tables.")
    var json = false

    @Option(help: "Write the result as JSON to this file.")
    var save: String?

    @Option(help: "Write the result as a page with plots to this file.")
    var report: String?

    @Option(help: "Report a saved result instead of measuring.")
    var load: String?

    @Option(help: "Compare with a saved result and list what became slower.")
    var compare: String?

    func validate() throws {
        guard rounds > 0, milliseconds >= 0, timeout > 0 else {
            throw ValidationError("--rounds and --timeout are greater than 0, --milliseconds is not negative")
        }
    }

    func run() throws {
        var catalog =
            cold ? try ColdStarts(folder: scratch + "/modules").workloads() : try Workload.all(in: workloads)
        if version3 { catalog = try Version3(folder: workloads).workloads(kernels: catalog) }
        let programs = Programs(folder: workloads + "/programs", packages: scratch + "/programs")
        if !cold && !version3 && !kernelsOnly { catalog += try programs.all() }
        catalog = filtered(catalog)
        if list {
            for workload in catalog { print("\(workload.name): \(workload.summary)") }
            return
        }
        let baseline = try compare.map(Results.init(contentsOf:))
        let results = try load.map(Results.init(contentsOf:)) ?? measure(catalog, programs)
        if let save { try results.json.write(to: URL(filePath: save), options: .atomic) }
        if let report { try Data(Report(results).html.utf8).write(to: URL(filePath: report), options: .atomic) }
        print(json ? String(decoding: try results.json, as: UTF8.self) : ResultTable(results).text)
        if results.rows.contains(where: { $0.error != nil }) || results.rows.isEmpty { throw ExitCode(1) }
        if let baseline {
            let regressions = Comparison(baseline: baseline, results: results).regressions
            for regression in regressions { FileHandle.standardError.write(Data("\(regression)\n".utf8)) }
            if !regressions.isEmpty { throw ExitCode(2) }
        }
    }

    /// A word selects the workload of this name, or else those whose names contain it.
    private func filtered(_ catalog: [Workload]) -> [Workload] {
        guard let words = filter?.split(separator: ",").map(String.init) else { return catalog }
        let names = words.flatMap { word in
            let names = catalog.map(\.name)
            return names.contains(word) ? [word] : names.filter { $0.contains(word) }
        }
        return catalog.filter { names.contains($0.name) }
    }

    private func measure(_ selected: [Workload], _ programs: Programs) throws -> Results {
        guard !selected.isEmpty else {
            throw Failure("no workload's name contains '\(filter ?? "")'; --list shows them")
        }
        let builder = try Builder(
            scratch: scratch, drivers: workloads + "/drivers", timeout: timeout, keepsExecutables: keepExecutables)
        var peers = try engines.split(separator: ",").map { try EngineNames.peer(named: String($0)) }
        peers += try engine.map(TemplateEngine.init(argument:))
        if simd { peers += peers.filter { $0.runsVectors }.map { VectorBuild(engine: $0) } }
        var catalog = selected.filter { $0.kind != .program }
        var missing: [String: String] = [:]
        do {
            catalog += try programs.fetched(selected.filter { $0.kind == .program })
        } catch {
            missing["programs"] = "\(error)"
        }
        let session = Session(
            builder: builder, rounds: rounds, milliseconds: milliseconds, progress: ProgressBar(), workloads: catalog)
        var results = try session.results(of: peers)
        results.missing.merge(missing) { $1 }
        return results
    }
}
