import Foundation

/// Large programs that are started from nothing and again: what someone waits for who runs one.
struct ColdStarts {
    /// Where `.ci/fetch-modules` puts the modules.
    let folder: String

    /// What earlier runs left.
    enum Start: String, CaseIterable {
        /// Nothing: the module is compiled.
        case cold
        /// What one run before keeps by itself.
        case second
        /// All of the module's code.
        case warm
    }

    private struct Program {
        var name: String
        var summary: String
        var arguments: [String] = []
        /// Folders beside the module that the program sees under the same names.
        var folders: [String] = []
    }

    private static let programs = [
        Program(name: "quickjs", summary: "a script of a line", arguments: ["-e", "console.log([3, 1, 2].sort())"]),
        Program(name: "go-hello", summary: "a line of text"),
        Program(name: "python", summary: "a line of Python", arguments: ["-c", "print(sum(range(1000)))"]),
        Program(
            name: "yosys", summary: "a counter synthesised",
            arguments: ["-p", "read_verilog /share/counter.v; synth; stat"], folders: ["share", "tmp"]),
    ]

    private static let counter = """
        module counter(input clk, input [7:0] a, output reg [7:0] q); always @(posedge clk) q <= q + a; endmodule

        """

    /// Fetches the modules that are not there yet. Programs whose module cannot be had are left out.
    func workloads() throws -> [Workload] {
        let fetch = try Command([".ci/fetch-modules", folder])
        guard fetch.status == 0 else { throw Failure("the modules could not be fetched:\n\(fetch.errors)") }
        let root = URL(filePath: folder).standardizedFileURL.path(percentEncoded: false)
        // The programs' temporary files.
        try FileManager.default.createDirectory(atPath: "\(root)/tmp", withIntermediateDirectories: true)
        try Self.counter.write(toFile: "\(root)/share/counter.v", atomically: true, encoding: .utf8)
        return Self.programs.filter { FileManager.default.fileExists(atPath: "\(root)/\($0.name).wasm") }.flatMap {
            program in
            Start.allCases.map { start in
                var workload = Workload(
                    name: "\(program.name)-\(start)", summary: "\(program.name), \(program.summary), \(start).",
                    kind: .start(start), sources: [])
                workload.module = "\(root)/\(program.name).wasm"
                workload.arguments = program.arguments
                workload.folders = program.folders.map { (host: "\(root)/\($0)", guest: "/\($0)") }
                return workload
            }
        }
    }
}
