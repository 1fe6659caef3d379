import ArgumentParser
import Foundation
import WasmEngine

/// Calls a kernel in wasmc until the time is used up; one with a shared memory on two threads, as `threads.c` does.
struct GuestKernel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest-kernel", abstract: "Call a module's kernel in wasmc.", shouldDisplay: false)
    private static let threadCount = 2

    @OptionGroup var settings: EngineSettings
    @Argument var file: String
    @Argument var milliseconds: Int
    @Argument var least: Int

    func run() throws {
        let bytes = try settings.contents(of: file)
        let stopwatch = Stopwatch()
        let program = try settings.engine.compile(Module(bytes: bytes))
        stopwatch.report("compile")
        Stopwatch.report("artifact", program.bytes.count)
        let memories = try program.imports.compactMap { needed -> (name: String, memory: SharedMemory)? in
            guard case .memory(let type) = needed.type else { return nil }
            return (needed.name, try SharedMemory(type))
        }
        func instance() throws -> Instance {
            let store = Store()
            var imports = Imports()
            for (name, memory) in memories { imports.define("env", name, try memory.memory(in: store)) }
            return try program.instantiate(imports: imports, in: store)
        }
        let checksum = try instance().function("bench_run", as: (() -> Int64).self)
        var threads: [KernelThread] = []
        if !memories.isEmpty {
            for number in 0..<Int32(Self.threadCount) {
                let call = try instance().function("bench_thread", as: ((Int32) -> Void).self)
                threads.append(KernelThread { try call(number) })
            }
        }
        let whole = Stopwatch()
        var calls = 0
        while calls < least || whole.elapsed < Double(milliseconds) * 1e6 {
            let stopwatch = Stopwatch()
            for thread in threads { thread.start() }
            for thread in threads { try thread.wait() }
            var time = stopwatch.elapsed
            let sum = try checksum()
            if threads.isEmpty { time = stopwatch.elapsed }
            print("\(Int(time)) \(UInt64(bitPattern: sum))")
            calls += 1
        }
        fflush(nil)
        _exit(0)
    }
}

/// A thread that does its work each time it is told to.
private final class KernelThread: @unchecked Sendable {
    private let started = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    /// Of the latest time; read and written in turns.
    private var failure: (any Error)?

    init(_ body: @escaping () throws -> Void) {
        nonisolated(unsafe) let body = body
        let thread = Thread { [self] in
            while true {
                started.wait()
                do { try body() } catch { failure = error }
                ended.signal()
            }
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    func start() { started.signal() }

    func wait() throws {
        ended.wait()
        if let failure { throw failure }
    }
}
