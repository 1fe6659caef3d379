import CodeVerification
import Testing
import WasmEngine

/// Code that a compiler with a fault could have made: right code with an instruction changed.
@Suite struct PlantedFaultTests {
    private static let text = """
        (module (memory 1) (table (export "table") 4 funcref) (global $g (mut i32) (i32.const 1))
          (func (export "load") (param i32) (result i32) (i32.load offset=8 (local.get 0)))
          (func (export "get") (param i32) (result funcref) (table.get (local.get 0)))
          (func (export "set") (param i32) (global.set $g (local.get 0))))
        """

    struct Fault: CustomStringConvertible {
        var description: String
        var compilation: Compilation
        var code: [UInt8?]
        var faulty: [UInt8?]
        /// What the report says then.
        var reason: String

        init(
            _ description: String, _ optimization: OptimizationLevel, _ memory: Engine.MemoryProtection,
            _ code: [UInt8?], _ faulty: [UInt8?], _ reason: String, target: Target? = nil
        ) {
            self.description = "\(description) at \(optimization.rawValue)"
            compilation = Compilation(optimization: optimization, memory: memory)
            if let target { compilation.target = target }
            self.code = code
            self.faulty = faulty
            self.reason = reason
        }
    }

    private static let removedCheck = "not compared with the memory's size"
    private static let unchecked = "not compared with the number of the table's elements"
    private static let outside = "behind the reservation"

    static let faults: [Fault] = [
        // cmp rax, rcx; ja trap
        Fault(
            "a removed check", .none, .checked, [0x48, 0x39, 0xC8, 0x77, nil], [nil, nil, nil, 0x66, 0x90], removedCheck
        ),
        Fault(
            "a removed check", .less, .checked, [0x48, 0x3B, 0x51, 0x08, 0x77, nil], [nil, nil, nil, nil, 0x66, 0x90],
            removedCheck),
        Fault(
            "a removed check", .standard, .checked, [0x48, 0x3B, 0x51, 0x08, 0x77, nil],
            [nil, nil, nil, nil, 0x66, 0x90], removedCheck),
        Fault(
            "a removed check", .aggressive, .checked, [0x48, 0x3B, 0x51, 0x08, 0x77, nil],
            [nil, nil, nil, nil, 0x66, 0x90], removedCheck),
        // ja becomes jb
        Fault(
            "a check the wrong way round", .standard, .checked, [0x48, 0x3B, 0x51, 0x08, 0x77, nil],
            [nil, nil, nil, nil, 0x72, nil], removedCheck),
        // lea rdx, [rax + 12]: the end of the access
        Fault(
            "a check of too few bytes", .standard, .checked, [0x48, 0x8D, 0x50, 0x0C], [nil, nil, nil, 0x0B],
            removedCheck),
        // mov eax, [rax + rcx + 8]: rsi has not been extended
        Fault("a 64-bit index", .none, .guarded, [0x8B, 0x44, 0x08, 0x08], [nil, nil, 0x30, nil], outside),
        Fault("a 64-bit index", .standard, .guarded, [0x8B, 0x44, 0x08, 0x08], [nil, nil, 0x30, nil], outside),
        Fault("a 64-bit index", .aggressive, .guarded, [0x8B, 0x44, 0x08, 0x08], [nil, nil, 0x30, nil], outside),
        // mov eax, [rax + 4 * rcx + 8]
        Fault("an index times four", .standard, .guarded, [0x8B, 0x44, 0x08, 0x08], [nil, nil, 0x88, nil], outside),
        // mov eax, [rcx + rcx + 8]
        Fault(
            "no base", .standard, .guarded, [0x8B, 0x44, 0x08, 0x08], [nil, nil, 0x09, nil],
            "not counted from one known pointer"),
        // cmp rax, [rcx + 8]; jae trap
        Fault(
            "a table without a check", .none, .checked, [0x48, 0x3B, 0x41, 0x08, 0x73, nil],
            [nil, nil, nil, nil, 0x66, 0x90], unchecked),
        Fault(
            "a table without a check", .standard, .guarded, [0x48, 0x39, 0x41, 0x08, 0x76, nil],
            [nil, nil, nil, nil, 0x66, 0x90], unchecked),
        // mov [rdi + 256], esi: to where the memory's base is kept
        Fault(
            "a store to a memory's base", .standard, .guarded, [0x89, 0xB7, 0, 0x01, 0, 0],
            [nil, nil, 0x80, 0, nil, nil], "stores into the instance"),
        Fault(
            "a store behind the instance", .standard, .guarded, [0x89, 0xB7, 0, 0x01, 0, 0],
            [nil, nil, nil, 0x10, nil, nil], "the instance"),
        // add rsp, 40
        Fault(
            "a frame that is left too early", .none, .guarded, [0x48, 0x83, 0xC4, 0x28], [nil, nil, nil, 0x20],
            "does not restore"),
        // mov [rsp + 24], rdi
        Fault(
            "a store into the caller's frame", .none, .guarded, [0x48, 0x89, 0x7C, 0x24, 0x18, 0x89, 0x74, 0x24, 0x24],
            [nil, nil, nil, nil, 0x7C, nil, nil, nil, nil], "outside of the frame"),
    ]

    private static let aarch64 = Target(triple: "aarch64-linux-gnu", cpu: "generic")

    static let faultsOfAArch64: [Fault] = [
        // add x8, x8, w1, uxtw
        Fault(
            "a 64-bit index", .standard, .guarded, [0x08, 0x41, 0x21, 0x8B], [nil, 0x61, nil, nil], outside,
            target: aarch64),
        Fault(
            "an index times four", .standard, .guarded, [0x08, 0x41, 0x21, 0x8B], [nil, 0x49, nil, nil], outside,
            target: aarch64),
        // cmp x11, x10; b.hi trap
        Fault(
            "a removed check", .standard, .checked, [0x7F, 0x01, 0x0A, 0xEB, nil, nil, nil, 0x54],
            [nil, nil, nil, nil, 0x1F, 0x20, 0x03, 0xD5], removedCheck, target: aarch64),
        // add x11, x9, #12
        Fault(
            "a check of too few bytes", .standard, .checked, [0x2B, 0x31, 0x00, 0x91], [nil, 0x2D, nil, nil],
            removedCheck, target: aarch64),
        // cmp x10, x9; b.ls trap
        Fault(
            "a table without a check", .standard, .guarded, [0x5F, 0x01, 0x09, 0xEB, nil, nil, nil, 0x54],
            [nil, nil, nil, nil, 0x1F, 0x20, 0x03, 0xD5], unchecked, target: aarch64),
        // str w1, [x0, #256]
        Fault(
            "a store to a memory's base", .standard, .guarded, [0x01, 0x00, 0x01, 0xB9], [nil, 0x80, 0x00, nil],
            "stores into the instance", target: aarch64),
        // ldr w0, [x8, #8]; ret
        Fault(
            "a return to a number", .standard, .guarded, [0x00, 0x09, 0x40, 0xB9, 0xC0, 0x03, 0x5F, 0xD6],
            [nil, nil, nil, nil, 0x00, 0x01, nil, nil], "does not return to its caller", target: aarch64),
    ]

    @Test("The code that faults are planted in is understood", arguments: Compilation.everywhere)
    func withoutFaults(_ compilation: Compilation) throws {
        let report = try CodeReport(artifact: compilation.artifact(Self.text))
        #expect(report.isUnderstood, "\(report.listing)")
    }

    @Test("A planted fault is found", arguments: faults + faultsOfAArch64)
    func fault(_ fault: Fault) throws {
        let artifact = try fault.compilation.artifact(Self.text)
        let faulty = try #require(
            replacing(fault.code, by: fault.faulty, in: artifact), "the code to change is not there once")
        let report = try CodeReport(artifact: faulty)
        #expect(
            (report.notUnderstood + report.notCompared).contains { $0.reason.contains(fault.reason) },
            "\(report.listing)")
    }

    @Test("A loop that steps over its end, and then out of the reservation, is found")
    func loop() throws {
        let text = """
            (module (memory 1)
              (func (export "scale") (param i64) (local i32)
                (loop
                  (i64.store (local.get 1) (i64.mul (local.get 0) (i64.load (local.get 1))))
                  (br_if 0 (i32.ne (i32.const 4000) (local.tee 1 (i32.add (local.get 1) (i32.const 8))))))))
            """
        let artifact = try Compilation(optimization: .less, memory: .guarded).artifact(text)
        let report = try CodeReport(artifact: artifact)
        #expect(report.isUnderstood, "\(report.listing)")
        // add rcx, 8; cmp ecx, 4000: rcx has more bits than are compared.
        let code: [UInt8?] = [0x48, 0x83, 0xC1, 0x08, 0x81, 0xF9, 0xA0, 0x0F, 0, 0]
        for (index, byte) in [(6, 0xA1), (3, 0x09), (5, 0xFA)] as [(Int, UInt8)] {
            var change = [UInt8?](repeating: nil, count: code.count)
            change[index] = byte
            let faulty = try #require(replacing(code, by: change, in: artifact), "the code to change is not there once")
            let reasons = try CodeReport(artifact: faulty).notUnderstood.map(\.reason)
            #expect(reasons.contains { $0.contains(Self.outside) }, "byte \(index): \(reasons)")
        }
    }
}
