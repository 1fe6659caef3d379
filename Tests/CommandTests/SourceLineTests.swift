import Foundation
import Testing

/// What `wasmc run` says about where a program stopped.
@Suite struct SourceLineTests {
    private static let program = """
        #include <stdio.h>
        __attribute__((noinline)) static int divide(int a, int b) {
            return a / b;
        }
        int main(int count, char **arguments) {
            printf("%d\\n",
                   divide(100, count - 1));
            return 0;
        }
        """

    @Test("A program with DWARF is told by file and line, compiled now or before", arguments: [4, 5])
    func lines(_ version: Int) throws {
        let folder = try temporaryFolder()
        try Self.program.write(to: folder.appending(path: "program.c"), atomically: true, encoding: .utf8)
        let build = try run(
            "/usr/bin/env",
            [
                "clang-22", "--target=wasm32-wasi", "--sysroot=/usr", "--no-wasm-opt", "-w", "-O1",
                "-gdwarf-\(version)",
                "-ffile-prefix-map=\(folder.path)=source", "-o", "program.wasm", "program.c",
            ], in: folder)
        try #require(build.status == 0, "\(build.errors)")
        try #require(try run("wasmc", ["compile", "program.wasm"], in: folder).status == 0)
        for arguments in [
            ["run", "program.wasm"], ["run", "-O", "O0", "program.wasm"], ["run", "--precompiled", "program.cwasm"],
        ] {
            let outcome = try run("wasmc", arguments, in: folder)
            #expect(outcome.status == 134)
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.first == "wasm trap: integer divide by zero")
            let frames = lines.dropFirst().prefix(2)
            #expect(
                frames.first?.hasPrefix("  0: divide (function ") == true
                    && frames.first?.hasSuffix("program.c:3") == true, "\(arguments) \(lines)")
            #expect(frames.last?.hasSuffix("program.c:7") == true, "\(arguments) \(lines)")
        }
    }
}
