import Foundation
import Testing

@Suite("Loops in plain C vectorise from WebAssembly without vectors") struct VectorizationTests {
    /// The kernels in the order of their functions, and an instruction on several numbers that each one's loop needs.
    private static let kernels = [
        ("copy", "v?mov(dqu|ups)"), ("sum", "v?paddd"), ("saxpy", "v?mulps"), ("gemm", "v?mulpd"), ("jacobi", "v?addpd"),
    ]

    @Test func assembly() throws {
        let work = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: work) }
        let module = work.appending(path: "kernels.wasm").path
        let compiled = try run(
            "/usr/bin/clang-22",
            ["--target=wasm32-wasi", "-O2", "-w", "-nostdlib", "-Wl,--no-entry", "-o", module,
                package.appending(path: "Fixtures/programs/kernels.c").path])
        try #require(compiled.status == 0, "\(compiled.errors)")
        let assembly = try run("wasmc", ["compile", "-O", "2", "--emit", "assembly", module]).text
        let functions = assembly.components(separatedBy: "\nwasm_function_")
        for (index, (kernel, instruction)) in Self.kernels.enumerated() {
            let body = try #require(functions.first { $0.hasPrefix("\(index):") }, "\(kernel)")
            let found = body.range(of: instruction, options: .regularExpression)
            #expect(found != nil, "\(kernel) has no \(instruction)")
        }
    }
}
