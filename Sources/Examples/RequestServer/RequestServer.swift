// A server: 10,000 requests at once in tasks, 64 guests at a time, and every tenth request is cancelled while it waits
// or runs. A request's guest waits for the host's database without a thread.

import Synchronization
import WasmEngine
import WasmText

final class Request: Sendable {
    let number: Int
    let output = WASI.OutputBuffer(limit: 256)

    init(number: Int) { self.number = number }
}

actor Database {
    private(set) var questions = 0

    func answer(_ question: Int32) async -> Int32 {
        questions += 1
        await Task.yield()
        return question &* 3
    }
}

let handler = """
    (module
      (import "database" "ask" (func $ask (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\\08\\00\\00\\00\\03\\00\\00\\00ok\\n")
      (func (export "handle") (param $question i32) (result i32)
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (call $ask (local.get $question)))
      (func (export "forever") (loop (br 0))))
    """

struct Server {
    let pool: InstancePool<Request>
    let database = Database()

    init() throws {
        var options = Engine.Options()
        options.isInterruptible = true
        var linker = Linker<Request>()
        linker.defineWASI { request in try WASI(stdin: .empty, stdout: .buffer(request.output), stderr: .discarded) }
        let database = database
        linker.define("database", "ask") { (question: Int32) async -> Int32 in
            await database.answer(question)
        }
        pool = InstancePool(try linker.link(Engine(options: options).compile(Module(text: handler))), capacity: 64)
    }

    func serve(_ request: Request) async throws -> Int {
        try await pool.withInstance(request) { instance in
            if request.number % 10 == 9 {
                // Nobody waits for it: it ends when its task is cancelled, and no sooner.
                _ = try await instance.function("forever").callAsync()
            }
            let handle = try instance.function("handle", as: ((Int32) async -> Int32).self)
            return Int(try await handle(Int32(request.number))) + request.output.bytes.count
        }
    }
}

@main struct RequestServer {
    static func main() async throws {
        let server = try Server()
        var (sum, served, cancelled) = (0, 0, 0)
        await withTaskGroup(of: Int?.self) { group in
            for number in 0..<10_000 {
                group.addTask {
                    let task = Task { try await server.serve(Request(number: number)) }
                    if number % 10 == 9 { task.cancel() }
                    return try? await task.value
                }
            }
            for await answer in group {
                if let answer {
                    sum += answer
                    served += 1
                } else {
                    cancelled += 1
                }
            }
        }
        print("served \(served) requests, cancelled \(cancelled), sum \(sum)")
        print("questions to the database: \(await server.database.questions)")
    }
}
