import Foundation
import Testing

@Suite("A crash of LLVM is an error of the command, never its end by a signal") struct IsolationCommandTests {
    private static let text = """
        (module
          (func $good (export "good") (result i32) (i32.const 42))
          (func $bad (export "bad") (result i32) (i32.const 7))
          (func (export "_start")))
        """

    private func environment(_ faults: String) -> [String: String] {
        ProcessInfo.processInfo.environment.merging(["WASMC_FAULTS": faults, "WASMC_CACHE": "off"]) { $1 }
    }

    private func module(_ text: String = Self.text) throws -> String {
        let file = try temporaryFolder().appending(path: "module.wat")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    @Test(
        "Hosts of every kind keep nothing of their compilers' processes",
        arguments: [[], ["ignore"], ["streams"], ["steal"], ["ignore", "streams"]])
    func leaks(arguments: [String]) throws {
        let outcome = try run("isolation-probe", arguments)
        #expect(outcome.status == 0 && outcome.text == "0 descriptors, no children left\n", "\(arguments): \(outcome)")
    }

    @Test(
        "run goes on without the optimisation that crashed, and says so",
        arguments: ["abort", "segfault", "stack", "trap", "selection"])
    func retried(fault: String) throws {
        let outcome = try run(
            "wasmc", ["run", "--invoke", "good", try module()], environment: environment("\(fault):bad:O2"))
        #expect(outcome.status == 0 && outcome.text == "42\n")
        #expect(
            outcome.errors.hasPrefix(
                "warning: the compiler failed and starts again, without optimising function 1 $bad: "))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test(
        "Every command that compiles ends with status 1 and the function's name",
        arguments: [
            ["run"], ["compile"], ["compile", "--emit", "object"], ["compile", "--emit", "assembly"],
            ["compile", "--explain"], ["build"],
        ])
    func failed(command: [String]) throws {
        let folder = try temporaryFolder()
        let outcome = try run("wasmc", command + [try module()], in: folder, environment: environment("abort:bad:*"))
        #expect(
            outcome.status == 1
                && outcome.errors.contains("the compiler failed at function 1 \"bad\", also without optimisation"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("--timeout covers compiling: a compiler that hangs ends the command with status 124")
    func timeout() throws {
        let outcome = try run(
            "wasmc", ["run", "--timeout", "300ms", try module()], environment: environment("hang:bad:*"))
        #expect(
            outcome.status == 124
                && outcome.errors.hasSuffix(
                    "the module could not be compiled: the time allowed for compiling is over\n")
        )
    }

    @Test("--timeout ends a compilation that takes long, and the process in which it goes on")
    func longCompilation() throws {
        let loop = """
            (func (param i32 i32) (loop (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (local.get 1)))
              (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (local.get 1)))))
            """
        let loops = String(repeating: loop, count: 20_000)
        let text = "(module (memory 1) (func (export \"f\") (result i32) (i32.const 42)) \(loops))"
        let mark = "\(UUID())"
        let outcome = try run(
            "wasmc", ["run", "--tier", "optimized", "--timeout", "300ms", "--invoke", "f", try module(text)],
            environment: environment("").merging(["WASMC_TEST": mark]) { $1 })
        // Reading 20,000 functions may take all of the time; then their code is not even begun.
        #expect(outcome.status == 124, "\(outcome)")
        #expect(try compilers { $0.contains(mark) }.isEmpty)
    }

    @Test("The compiler's process ends with its host, whatever ends that")
    func orphans() throws {
        let marker = "hang:bad:*"
        let command =
            """
            WASMC_FAULTS='\(marker)' '\(products.path)/wasmc' run '\(try module())' & sleep 1; kill -KILL $!; wait \
            $!; sleep 2
            """
        _ = try run("/bin/bash", ["-c", command], environment: environment(marker))
        let left = try compilers { $0.contains(marker) }
        #expect(!left.contains(where: isOrphan))
    }

    /// The compiler's processes with such an environment.
    private func compilers(where isWanted: (String) -> Bool) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
            guard process.allSatisfy(\.isNumber) else { return false }
            let arguments = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
            let variables = (try? String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)) ?? ""
            return arguments.contains("--compile-for-engine") && isWanted(variables)
        }
    }

    private func isOrphan(_ process: String) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        return status.contains("PPid:\t1\n")
    }

    @Test("Nobody but an engine starts the compiler's process")
    func byHand() throws {
        let outcome = try run("wasmc-compiler", ["--compile-for-engine"])
        #expect(outcome.status == 64 && outcome.errors.contains("--compile-for-engine"))
    }
}
