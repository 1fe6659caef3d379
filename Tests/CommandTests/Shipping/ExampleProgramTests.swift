import Foundation
import Testing

/// The programs that a user might write; `.ci/check-programs` builds them in packages of their own.
@Suite struct ExampleProgramTests {
    @Test(
        "A program of a user prints what it should",
        arguments: [
            ("plugin-host", "PluginHost"), ("request-server", "RequestServer"), ("wasi-runner", "WASIRunner"),
            ("async-fetch", "AsyncFetch"), ("wasmkit-program", "WasmKitProgram"),
        ])
    func output(_ product: String, _ name: String) throws {
        let expected = package.appending(path: "Sources/Examples/Outputs/\(name).txt")
        let outcome = try run(product)
        #expect(try outcome.text == String(contentsOf: expected, encoding: .utf8), "\(outcome.errors)")
    }
}
