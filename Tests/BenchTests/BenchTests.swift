import Foundation
import Testing

/// The harness as a command, on one workload with few calls: what it says, not how fast anything is.
@Suite struct BenchTests {
    private static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    struct Report: Decodable {
        struct Row: Decodable {
            var workload: String
            var engine: String
            var metric: String
            var value: Double?
            var unit: String
            var ratioToNative: Double?
            var error: String?
        }
        var rows: [Row]
        var geomeans: [String: [String: Double]]
        var missing: [String: String]
    }

    private struct Outcome {
        var status: Int32
        var output: Data
        var errors: String
        var report: Report { get throws { try JSONDecoder().decode(Report.self, from: output) } }
    }

    private func inScratch<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        return try body(scratch)
    }

    private func bench(filter: String = "saxpy", _ arguments: [String]) throws -> Outcome {
        try inScratch { try bench(filter: filter, arguments, in: $0) }
    }

    private func bench(filter: String = "saxpy", _ arguments: [String], in scratch: URL) throws -> Outcome {
        let files = ["out", "err"].map { scratch.appending(path: $0) }
        for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        let process = Process()
        process.executableURL = Self.products.appending(path: "wasmc-bench")
        process.currentDirectoryURL = Self.package
        process.arguments =
            ["--filter", filter, "--rounds", "1", "--milliseconds", "0", "--json", "--scratch", scratch.path]
            + arguments
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try Data(contentsOf: files[0]),
            errors: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
    }

    @Test("A run gives rows and geometric means by engine and metric")
    func shape() throws {
        let outcome = try bench(["--engines", "native,wasmc"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let report = try outcome.report
        #expect(Set(report.rows.map(\.workload)) == ["saxpy"] && Set(report.rows.map(\.engine)) == ["native", "wasmc"])
        #expect(report.rows.allSatisfy { $0.error == nil && ($0.value ?? 0) > 0 })
        let run = try #require(report.rows.first { $0.engine == "wasmc" && $0.metric == "run" })
        #expect(run.unit == "ms" && run.ratioToNative != nil)
        let mean = try #require(report.geomeans["wasmc"]?["run"])
        #expect(abs(mean / (run.ratioToNative ?? 0) - 1) < 1e-9)
        #expect(
            Set(report.rows.filter { $0.engine == "wasmc" }.map(\.metric)).isSuperset(of: [
                "compile", "compile-rate", "peak-memory",
            ]))
    }

    @Test("Every engine is measured or named as missing; none disagrees on the checksum")
    func engines() throws {
        let outcome = try bench(filter: "lz", ["--simd"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let report = try outcome.report
        #expect(report.rows.allSatisfy { $0.error == nil })
        let names = Set(report.rows.map(\.engine)).union(report.missing.keys)
        #expect(
            names.isSuperset(of: ["native", "native-v3", "wasmc", "wasm2c", "wasmtime", "v8", "wasmkit", "wasmc+simd"]))
        #expect(!names.contains("wasm2c+simd"))
        #expect(report.missing["native"] == nil && report.missing["wasmc"] == nil)
    }

    @Test("Calls both ways, instantiation, start-up and validation are measured apart from kernels")
    func probes() throws {
        let outcome = try bench(filter: "calls,start-up,validation", ["--engines", "native,wasmc-O0"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let rows = try outcome.report.rows
        for metric in ["host-to-guest", "guest-to-host", "instantiate"] {
            let row = try #require(rows.first { $0.workload == "calls" && $0.metric == metric })
            #expect(row.engine == "wasmc-O0" && (row.value ?? 0) > 0)
        }
        let validation = try #require(rows.first { $0.workload == "validation" && $0.metric == "validation-rate" })
        #expect(validation.engine == "wasmc-O0" && (validation.value ?? 0) > 0)
        #expect(Set(rows.map(\.workload)) == ["calls", "start-up", "validation"])
        #expect(Set(rows.filter { $0.metric == "start-up" }.map(\.engine)) == ["native", "wasmc-O0"])
    }

    @Test("Exceptions, tail calls, 64-bit addresses and threads are measured by the operation, or beside 32 bits")
    func version3() throws {
        let outcome = try bench(
            filter: "throw-1,dispatch-tail-calls,mutex,sum-32,sum-64",
            ["--version3", "--engines", "native,wasmc,wasmtime"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let report = try outcome.report
        #expect(report.rows.allSatisfy { $0.error == nil })
        for (workload, metric) in [
            ("throw-1", "operation"), ("dispatch-tail-calls", "operation"), ("mutex", "operation"), ("sum-32", "run"),
            ("sum-64", "run"),
        ] {
            for engine in ["native", "wasmc"] {
                let row = report.rows.first { $0.workload == workload && $0.engine == engine && $0.metric == metric }
                #expect((row?.value ?? 0) > 0, "\(workload) in \(engine)")
            }
        }
    }

    @Test("Compile times are this run's own: what was built before is built again, or has none")
    func compileTimes() throws {
        let (first, second, kept) = try inScratch { scratch in
            func rows(_ arguments: String...) throws -> [Report.Row] {
                let outcome = try bench(["--engines", "native,wasm2c,wasmc"] + arguments, in: scratch)
                try #require(outcome.status == 0, "\(outcome.errors)")
                return try outcome.report.rows
            }
            return (try rows(), try rows(), try rows("--keep-executables"))
        }
        func row(_ rows: [Report.Row], _ engine: String, _ metric: String) -> Report.Row? {
            rows.first { $0.engine == engine && $0.metric == metric }
        }
        for engine in Set(first.map(\.engine)) {
            let (before, after) = (
                row(first, engine, "compile")?.value ?? 0, row(second, engine, "compile")?.value ?? 0
            )
            // In nanoseconds: no two are equal by chance.
            #expect(before > 0 && after > 0 && before != after, "\(engine)")
            for metric in ["compile", "compile-cpu"] {
                #expect((row(kept, engine, metric) != nil) == (engine == "wasmc"), "\(engine)")
            }
            #expect((row(kept, engine, "run")?.value ?? 0) > 0 && (row(kept, engine, "artifact-size")?.value ?? 0) > 0)
        }
        // With native's of the same round.
        let (own, native) = (row(second, "wasmc", "compile"), row(second, "native", "compile"))
        let ratio = try #require(own?.ratioToNative)
        #expect(abs(ratio * (native?.value ?? 0) / (own?.value ?? 0) - 1) < 1e-9)
        #expect(row(kept, "wasmc", "compile")?.ratioToNative == nil)
    }

    @Test("A saved result can be compared, and reported as one page that needs no other file")
    func saved() throws {
        try inScratch(saved(in:))
    }

    private func saved(in folder: URL) throws {
        let (saved, page) = (folder.appending(path: "saved.json"), folder.appending(path: "report.html"))
        let first = try bench(["--engines", "native,wasmc", "--save", saved.path, "--report", page.path])
        try #require(first.status == 0, "\(first.errors)")
        let html = try String(contentsOf: page, encoding: .utf8)
        #expect(html.contains("<svg") && html.contains("saxpy in wasmc") && html.hasSuffix("</html>"))
        #expect(!html.contains("src=") && !html.contains("href=") && !html.contains("url("))

        // Against itself nothing is a regression; against one twice as fast wasmc's times are.
        #expect(try bench(["--load", saved.path, "--compare", saved.path]).status == 0)
        var faster = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: saved)) as? [String: Any])
        let rows = try #require(faster["rows"] as? [[String: Any]])
        faster["rows"] = rows.map { row in
            row.mapValues { ($0 as? Double).map { $0 / 2 } ?? $0 }.merging(["sampleCount": 1]) { _, new in new }
        }
        try JSONSerialization.data(withJSONObject: faster).write(to: folder.appending(path: "faster.json"))
        let compared = try bench(["--load", saved.path, "--compare", folder.appending(path: "faster.json").path])
        #expect(compared.status == 2 && compared.errors.contains("regression: saxpy, wasmc, run"))
    }

    @Test("Loading, instantiation with data, and programs from a file, the cache and an executable are measured")
    func precompiled() throws {
        let outcome = try bench(filter: "loading,hello", ["--engines", "native,wasmc"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let rows = try outcome.report.rows
        for metric in [
            "load", "load-verified", "instantiate", "instantiate-pooled", "instantiate-data", "instantiate-data-pooled",
        ] {
            #expect((rows.first { $0.workload == "loading" && $0.metric == metric }?.value ?? 0) > 0, "\(metric)")
        }
        for place in ["file", "cache", "executable"] {
            let engines = rows.filter { $0.workload == "hello-from-" + place && $0.metric == "start-up-precompiled" }
                .map(\.engine)
            #expect(Set(engines) == ["native", "wasmc"], "\(place)")
        }
    }

    @Test("Large programs are started from nothing, after one run, and with all of their code")
    func cold() throws {
        try inScratch { scratch in
            // In the places where the real ones would be fetched to.
            let modules = scratch.appending(path: "modules")
            try FileManager.default.createDirectory(
                at: modules.appending(path: "share"), withIntermediateDirectories: true)
            let hello = Self.package.appending(path: "Fixtures/bench/drivers/hello.c").path
            let built = modules.appending(path: "quickjs.wasm")
            let clang = try Process.run(
                URL(filePath: "/usr/bin/env"),
                arguments: ["clang-22", "--target=wasm32-wasi", "-Wno-deprecated", "-O2", hello, "-o", built.path])
            clang.waitUntilExit()
            try #require(clang.terminationStatus == 0)
            for name in ["python", "yosys", "go-hello"] {
                try FileManager.default.copyItem(at: built, to: modules.appending(path: "\(name).wasm"))
            }
            let engines = ["--engines", "native,wasmc,wasmtime"]
            let outcome = try bench(filter: "quickjs,yosys", ["--cold"] + engines, in: scratch)
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try outcome.report
            for program in ["quickjs", "yosys"] {
                for start in ["cold", "second", "warm"] {
                    for metric in ["first-output", "program-end", "program-cpu", "peak-memory"] {
                        let rows = report.rows.filter { $0.workload == "\(program)-\(start)" && $0.metric == metric }
                        let hasWasmtime = report.missing["wasmtime"] == nil && start != "second"
                        #expect(rows.map(\.engine) == (hasWasmtime ? ["wasmc", "wasmtime"] : ["wasmc"]))
                        #expect(rows.allSatisfy { ($0.value ?? 0) > 0 }, "\(program) \(start) \(metric)")
                    }
                }
            }
        }
    }

    @Test("Another checksum makes the row an error; an engine that is not there is named")
    func errors() throws {
        let outcome = try bench([
            "--engines", "native", "--engine", "liar=echo 1000 12345; : {wasm}", "--engine",
            "absent=no-such-engine {wasm}",
        ])
        #expect(outcome.status == 1)
        let report = try outcome.report
        let row = try #require(report.rows.first { $0.engine == "liar" })
        #expect(row.value == nil && row.error?.contains("checksum 12345") == true)
        #expect(report.missing["absent"]?.contains("no-such-engine") == true)
        #expect(report.rows.contains { $0.engine == "native" && $0.error == nil })
    }
}
