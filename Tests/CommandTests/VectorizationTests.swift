import Foundation
import Testing

@Suite("Loops in plain C vectorise from WebAssembly without vectors") struct VectorizationTests {
    /// The kernels in the order of their functions, and an instruction on several numbers that each one's loop needs.
    private static let kernels = [
        ("copy", "v?mov(dqu|ups)"), ("sum", "v?paddd"), ("saxpy", "v?mulps"), ("gemm", "v?mulpd"),
        ("jacobi", "v?addpd"),
    ]

    @Test(arguments: [[], ["--metered"], ["--interruptible"], ["--metered", "--interruptible"]])
    func assembly(_ flags: [String]) throws {
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: work) }
        let module = work.appending(path: "kernels.wasm").path
        let compiled = try run(
            "/usr/bin/clang-22",
            [
                "--target=wasm32-wasi", "-O2", "-w", "-nostdlib", "-Wl,--no-entry", "-o", module,
                package.appending(path: "Fixtures/programs/kernels.c").path,
            ])
        try #require(compiled.status == 0, "\(compiled.errors)")
        let assembly = try run("wasmc", ["compile", "-O", "2", "--emit", "assembly"] + flags + [module]).text
        let functions = assembly.components(separatedBy: "\nwasm_function_")
        for (index, (kernel, instruction)) in Self.kernels.enumerated() {
            let body = try #require(functions.first { $0.hasPrefix("\(index):") }, "\(kernel)")
            let found = body.range(of: instruction, options: .regularExpression)
            #expect(found != nil, "\(kernel) has no \(instruction)")
        }
    }

    @Test("compile --explain counts checks and says why loops keep theirs")
    func explanation() throws {
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: work) }
        let module = work.appending(path: "module.wat").path
        try """
        (module (memory 1)
          (func (export "affine") (param $p i32) (param $n i32)
            (loop $again
              (i32.store (local.get $p) (i32.const 1))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          (func (export "chase") (param $p i32) (param $n i32) (result i32)
            (loop $again
              (local.set $p (i32.load (local.get $p)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $p))
          (func (export "masked") (param i32) (result i32) (i32.load8_u (i32.and (local.get 0) (i32.const 255)))))
        """.write(toFile: module, atomically: true, encoding: .utf8)
        let text = try run("wasmc", ["compile", "-O", "2", "--memory", "checked", "--explain", module]).text
        #expect(text.contains("function 0 $affine: 1 check, 1 left, 1 loop versioned, 1 loop vectorised;"))
        #expect(text.contains("not without checks: an address does not change by the same amount each time"))
        #expect(text.contains("function 2 $masked: 1 check, 0 left;"))
        #expect(text.contains("3 functions: 3 checks, 2 left; 1 loop versioned, 0 re-rolled, 1 vectorised"))
        let json = try run("wasmc", ["compile", "-O", "2", "--explain", "--json", module])
        let rows = try #require(try JSONSerialization.jsonObject(with: json.output) as? [[String: Any]])
        #expect(rows.map { $0["versionedLoops"] as? Int } == [1, 0, 0])
    }

    @Test("Unrolled loops over 64-bit addresses that begin anywhere are re-rolled and vectorise")
    func wideAddresses() throws {
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: work) }
        let module = work.appending(path: "module.wat").path
        try """
        (module (memory i64 1)
          (func (export "scale") (param $p i64)
            (loop $again
              (f64.store (local.get $p) (f64.mul (f64.load (local.get $p)) (f64.const 3)))
              (f64.store offset=8 (local.get $p) (f64.mul (f64.load offset=8 (local.get $p)) (f64.const 3)))
              (br_if $again (i64.ne (local.tee $p (i64.add (local.get $p) (i64.const 16))) (i64.const 2400))))))
        """.write(toFile: module, atomically: true, encoding: .utf8)
        let text = try run("wasmc", ["compile", "-O", "2", "--explain", module]).text
        #expect(text.contains("1 loop versioned, 1 re-rolled, 1 vectorised"), "\(text)")
    }
}
