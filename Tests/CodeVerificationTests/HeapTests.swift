import CodeVerification
import Testing
import WasmEngine

/// Accesses to structs, arrays and the descriptors of their types.
@Suite("The heap of objects") struct HeapTests {
    private typealias Fault = PlantedFaultTests.Fault

    private static let text = """
        (module
          (type $s (struct (field (mut i32)) (field (mut i32))))
          (type $a (array (mut i32)))
          (type $p (sub (struct)))
          (func (export "field") (param (ref null $s)) (result i32) (struct.get $s 1 (local.get 0)))
          (func (export "element") (param (ref null $a) i32) (result i32) (array.get $a (local.get 0) (local.get 1)))
          (func (export "make") (param i32) (result (ref $s)) (struct.new $s (local.get 0) (local.get 0)))
          (func (export "test") (param eqref) (result i32) (ref.test (ref $p) (local.get 0))))
        """

    @Test("Objects are made, accessed and tested in forms that are understood", arguments: Compilation.all)
    func understood(_ compilation: Compilation) throws {
        let report = try CodeReport(artifact: compilation.artifact(Self.text))
        #expect(report.isUnderstood, "\(report.listing)")
        #expect(report.counts[.comparedWithArray] == 1 && report.counts[.inHeap, default: 0] >= 5, "\(report.counts)")
    }

    private static let outside = "outside of its reservation"
    private static let notCompared = "not compared with the array's length"

    private static let faults: [Fault] = [
        // mov ecx, esi; mov eax, [rax + rcx + 8]: rsi has all 64 bits of the word
        Fault(
            "a reference of 64 bits", .standard, .guarded, [0x89, 0xF1, 0x8B, 0x44, 0x08, 0x08],
            [nil, nil, nil, nil, 0x30, nil], outside),
        // and rcx, rdx; mov eax, [rax + rcx + 8]; mov [rsp + 12], eax
        Fault(
            "a reference of 64 bits", .none, .guarded,
            [0x48, 0x21, 0xD1, 0x8B, 0x44, 0x08, 0x08, 0x89, 0x44, 0x24, 0x0C],
            [0x0F, 0x1F, 0x00, nil, nil, nil, nil, nil, nil, nil, nil], outside),
        // mov edx, edx; add rax, rcx
        Fault(
            "an index of 64 bits", .standard, .guarded, [0x89, 0xD2, 0x48, 0x01, 0xC8], [0x66, 0x90, nil, nil, nil],
            outside),
        // cmp edx, [rax + rcx + 4]; jae trap
        Fault(
            "an element without a check", .standard, .checked, [0x3B, 0x54, 0x08, 0x04, 0x73, nil],
            [nil, nil, nil, nil, 0x66, 0x90], notCompared),
        // cmp rax, rcx; jae trap
        Fault(
            "an element without a check", .none, .checked, [0x48, 0x39, 0xC8, 0x73, 0x25],
            [nil, nil, nil, 0x66, 0x90], notCompared),
        // mov [r14 + 40], rdx: where the next object goes, not where the last one may
        Fault(
            "a hole without an end", .standard, .guarded, [0x49, 0x89, 0x56, 0x28], [nil, nil, nil, 0x30],
            "stores into the instance"),
        // mov esi, 0x0ffffff0; and esi, [rax + rdx]; mov rax, [rdi + 32]; add esi, 20; and esi, 0x0ffffff4
        Fault(
            "a header of 32 bits taken for an id", .standard, .guarded,
            [
                0xBE, 0xF0, 0xFF, 0xFF, 0x0F, 0x23, 0x34, 0x10, 0x48, 0x8B, 0x47, 0x20, 0x83, 0xC6, 0x14, 0x81, 0xE6,
                0xF4, 0xFF, 0xFF, 0x0F,
            ],
            [
                nil, nil, nil, nil, 0xFF, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil,
                0xFF,
            ], "outside of the runtime's structure"),
        // mov rax, [rax + 56]; mov ecx, esi; mov eax, [rax + rcx + 8]
        Fault(
            "another pointer than the heap's base", .standard, .guarded,
            [0x48, 0x8B, 0x40, 0x38, 0x89, 0xF1, 0x8B, 0x44], [nil, nil, nil, 0x40, nil, nil, nil, nil],
            "not counted from one known pointer"),
    ]

    @Test("A planted fault is found", arguments: faults.indices)
    func fault(_ number: Int) throws {
        let fault = Self.faults[number]
        let artifact = try fault.compilation.artifact(Self.text)
        let faulty = try #require(
            replacing(fault.code, by: fault.faulty, in: artifact), "the code of \(fault) is not there once")
        let report = try CodeReport(artifact: faulty)
        let reasons = (report.notUnderstood + report.notCompared).map(\.reason)
        #expect(reasons.contains { $0.contains(fault.reason) }, "\(fault): \(report.listing)")
    }
}
