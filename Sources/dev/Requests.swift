import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec
import WasmText

struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give each request an instance of its own, again and again; how long one takes, and what is left.",
        discussion: """
            Each instance is a WASI program and a plug-in: its host function asks it for memory by calling its \
            `alloc`, writes there, and returns. Exits with 1 when descriptors, mappings or more than the allowed \
            memory are left. Build for release for times that mean something.
            """)

    enum Way: String, ExpressibleByArgument, CaseIterable { case imports, linker, pool }

    @Option(help: "How many requests.") var count = 100_000
    @Option(help: "imports: built for each request. linker: linked once. pool: in memory that others have left.")
    var way = Way.pool
    @Option(help: "How many bytes resident memory may grow by after the first tenth of the requests.")
    var allowedBytes = 1 << 20

    private static let plugin = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
          (import "host" "greeting" (func $greeting (result i32)))
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 1024))
          (func (export "alloc") (param $count i32) (result i32)
            (global.get $next)
            (global.set $next (i32.add (global.get $next) (local.get $count))))
          (func (export "_start") (drop (call $greeting))))
        """

    func run() throws {
        let program = try Engine().compile(Module(text: Self.plugin))
        let request = try makeRequest(program)
        try request(count / 10)
        let before = try ProcessFootprint()
        let start = ContinuousClock.now
        try request(count)
        let seconds = Double((ContinuousClock.now - start) / .microseconds(1))
        let after = try ProcessFootprint()
        let growth = after.residentByteCount - before.residentByteCount
        print(
            """
            \(way.rawValue): \(String(format: "%.1f", seconds / Double(max(count, 1)))) µs a request
            resident memory: \(before.residentByteCount >> 10) KiB, then \(after.residentByteCount >> 10) KiB
            descriptors: \(before.descriptors), then \(after.descriptors); mappings: \(before.mappings), \
            then \(after.mappings)
            """)
        // On a busy machine threads of Swift's own come late, with a few of each; requests that left some would leave
        // hundreds.
        guard growth <= allowedBytes, after.descriptors <= before.descriptors + 8,
            after.mappings <= before.mappings + 8
        else { throw ExitCode.failure }
    }

    private static func wasi() throws -> WASI { try WASI(stdin: .empty, stdout: .discarded, stderr: .discarded) }

    private static func greet(_ caller: Caller) throws -> UInt32 {
        let allocate = try caller.function("alloc", as: ((UInt32) -> UInt32).self)
        let address = try allocate(16)
        try caller.memory?.write("hello", at: address)
        return address
    }

    /// Serves so many requests.
    private func makeRequest(_ program: CompiledModule) throws -> (Int) throws -> Void {
        if way == .imports {
            return { count in
                for _ in 0..<count {
                    var imports = Imports()
                    imports.define(try Self.wasi())
                    imports.define("host", "greeting") { (caller: Caller) throws -> UInt32 in try Self.greet(caller) }
                    try program.instantiate(imports: imports).runCommand()
                }
            }
        }
        var linker = Linker<Int>()
        linker.defineWASI { _ in try Self.wasi() }
        linker.define("host", "greeting") { (call: HostCall<Int>) throws -> UInt32 in try Self.greet(call.caller) }
        let linked = try linker.link(program)
        guard way == .pool else {
            return { count in for number in 0..<count { try linked.instantiate(number).runCommand() } }
        }
        let pool = InstancePool(linked, capacity: 8)
        return { count in
            let problem = Problem()
            let done = DispatchSemaphore(value: 0)
            Task.detached {
                do {
                    for number in 0..<count {
                        try await pool.withInstance(number) { instance in _ = try instance.runCommand() }
                    }
                } catch { problem.error = error }
                done.signal()
            }
            done.wait()
            if let error = problem.error { throw error }
        }
    }

    private final class Problem: @unchecked Sendable {
        // Unchecked: written before the semaphore is signalled, read after.
        var error: (any Error)?
    }
}
