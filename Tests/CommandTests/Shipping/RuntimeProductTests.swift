import Foundation
import Testing

/// Programs that only load what is compiled are made without LLVM.
@Suite struct RuntimeProductTests {
    @Test("A program on WasmRuntime loads an artifact, is stopped by its host, and has nothing of LLVM in it")
    func earlyExit() throws {
        let folder = try temporaryFolder()
        let source = package.appending(path: "Sources/Examples/EarlyExitArtifact/early-exit.wat")
        let line = "$W compile \(source.path) && \(products.path)/early-exit-artifact early-exit.cwasm"
        let outcome = try shell(line, in: folder)
        #expect(
            outcome.text == "Finished with 7\nExited early with exit code: 1\n", "\(outcome.errors)")
        let count =
            "for file in \(products.path)/early-exit-artifact $W-compiler; do nm -C $file | grep -c llvm::; done"
        let symbols = try shell(count, in: folder).text.split(separator: "\n").map { Int($0) ?? 0 }
        #expect(symbols.count == 2 && symbols[0] == 0 && symbols[1] > 1_000, "\(symbols)")
        let libraries = try shell("ldd \(products.path)/early-exit-artifact", in: folder).text
        #expect(!libraries.contains("LLVM") && !libraries.contains("Foundation"), "\(libraries)")
    }
}
