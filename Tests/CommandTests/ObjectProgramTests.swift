import Foundation
import Testing

/// A program that makes objects of all kinds and traps when one is not what it was.
@Suite struct ObjectProgramTests {
    @Test(
        "Objects stay what they are in code that can be stopped, and no function of theirs is refused an optimisation",
        arguments: [
            ["-O1", "--points", "100000000"], ["-O2", "--interruptible"], ["-O2", "--points", "100000000"],
            ["-O3", "--memory", "checked", "--points", "100000000", "--interruptible"],
        ])
    func modes(_ options: [String]) throws {
        let program = package.appending(path: "Fixtures/programs/objects.wat").path
        let arguments = ["WASMC_GC_STRESS=7", products.appending(path: "wasmc").path, "run"] + options + [program]
        let outcome = try run("/usr/bin/env", arguments)
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test("A guest that only makes objects is stopped when its points or its time are over", arguments: ["0", "3"])
    func stops(_ stress: String) throws {
        let text = """
            (module
              (type $list (struct (field i32) (field (ref null $list))))
              (memory 1)
              (func (export "_start") (local $list (ref null $list)) (local $i i32)
                (loop $l
                  (local.set $list (struct.new $list (local.get $i) (local.get $list)))
                  (if (i32.eqz (i32.and (local.get $i) (i32.const 0xfff)))
                    (then (local.set $list (ref.null $list))))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br $l))))
            """
        let module = try temporaryFolder().appending(path: "m.wat")
        try text.write(to: module, atomically: true, encoding: .utf8)
        for (options, status) in [(["--points", "300000"], Int32(125)), (["--timeout", "2s"], 124)] {
            let arguments = ["WASMC_GC_STRESS=\(stress)", products.appending(path: "wasmc").path, "run"] + options
            #expect(try run("/usr/bin/env", arguments + [module.path]).status == status, "\(options)")
        }
    }
}
