import Foundation
import Testing

/// Short versions of the repository's long runs.
@Suite(.serialized) struct EnduranceTests {
    @Test(
        "Calls that end early in every way leave nothing behind",
        arguments: [[], ["--threads", "64"], ["--threads", "64", "--tasks"]])
    func endurance(_ how: [String]) throws {
        let outcome = try run("dev", ["endurance", "--count", "4800"] + how)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("4800 calls ended in 24 ways"))
    }

    @Test(
        "Plug-ins whose host functions call their alloc leave nothing behind", arguments: ["imports", "linker", "pool"])
    func requests(_ way: String) throws {
        let outcome = try run("dev", ["requests", "--count", "500", "--way", way])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("\(way): "))
    }

    @Test(
        "Guests stop at random instants whatever they do, and the next call is as always",
        arguments: ["checked", "guarded"])
    func latency(_ memory: String) throws {
        let outcome = try run(
            "dev", ["latency", "--count", "40", "--bytes", "33554432", "--pause", "5", "--memory", memory])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasSuffix("0 missed, 0 following calls affected\n"))
    }

    /// Collects at every allocation, and poisons what it frees.
    private let stress = ["WASMC_GC_STRESS": "1", "WASMC_CACHE": "off"]

    @Test("Objects of the official suite survive a collection at every allocation")
    func stressedSuite() throws {
        let folder =
            ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
            ?? package.appending(path: "../shared/spec-testsuite").path(percentEncoded: false)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/gc")) ?? []
        let scripts = files.filter { $0.hasSuffix(".wast") }.map { "\(folder)/gc/\($0)" }
        guard !scripts.isEmpty else {
            print("NOT RUN: the official test suite is not at \(folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        let outcome = try run("wasmc", ["wast"] + scripts, environment: stress)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    @Test("Objects that exceptions carry survive a collection at every allocation", arguments: ["0", "2"])
    func stressedExceptions(_ level: String) throws {
        let file = try temporaryFolder().appending(path: "thrown.wat")
        let text = """
            (module
              (type $box (struct (field (mut i32))))
              (type $boxes (array (mut (ref null $box))))
              (tag $thrown (param (ref $box)))
              (global $all (mut (ref null $boxes)) (ref.null $boxes))
              (func $throw (param $depth i32) (local $box (ref $box))
                (local.set $box (struct.new $box (local.get $depth)))
                (if (i32.eq (local.get $depth) (i32.const 4)) (then (throw $thrown (local.get $box))))
                (call $throw (i32.add (local.get $depth) (i32.const 1)))
                (drop (struct.get $box 0 (local.get $box))))
              (func (export "run") (param $count i32) (result i32)
                (local $i i32) (local $sum i32) (local $box (ref null $box)) (local $exception exnref)
                (global.set $all (array.new_default $boxes (i32.const 100)))
                (loop $next
                  (block $caught (result (ref $box) (ref exn))
                    (try_table (catch_ref $thrown $caught) (call $throw (i32.const 0)))
                    (unreachable))
                  (local.set $exception) (local.set $box)
                  (array.set $boxes (global.get $all) (i32.rem_u (local.get $i) (i32.const 100)) (local.get $box))
                  (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (local.get $box))))
                  (block $again (result (ref $box))
                    (try_table (catch $thrown $again) (throw_ref (local.get $exception)))
                    (unreachable))
                  (local.set $sum (i32.add (struct.get $box 0) (local.get $sum)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
                (local.get $sum)))
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        let outcome = try run(
            "wasmc", ["run", "-O", level, "--invoke", "run", file.path, "300"], environment: stress)
        // Each round adds the 4 of the box twice.
        #expect(outcome.text == "2400\n" && outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }
}
