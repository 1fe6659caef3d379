// Guests fetch pages while their threads do something else: `fetch` is an asynchronous host function. A task that is
// cancelled stops its guest in the middle of waiting.

import WasmEngine
import WasmText

/// What stands for the network.
actor Network {
    private let pages: [Int32: String]
    private var open = 0
    private(set) var mostOpen = 0

    init(pages: [Int32: String]) { self.pages = pages }

    func page(_ number: Int32) async throws -> String {
        open += 1
        mostOpen = max(mostOpen, open)
        defer { open -= 1 }
        try await Task.sleep(for: .milliseconds(20))
        return pages[number] ?? "not found"
    }
}

let reader = """
    (module
      (import "net" "fetch" (func $fetch (param i32) (result i32 i32)))
      (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (func (export "alloc") (param $count i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get $count))))
      (func (export "lengths") (param $first i32) (param $count i32) (result i32) (local $sum i32)
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (call $length (local.get $first))))
          (local.set $first (i32.add (local.get $first) (i32.const 1)))
          (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (local.get $sum))
      (func $length (param $page i32) (result i32) (local $count i32)
        (call $fetch (local.get $page))
        (local.set $count)
        (drop)
        (local.get $count)))
    """

@main struct AsyncFetch {
    static func main() async throws {
        let network = Network(pages: [1: "one", 2: "the second page", 3: "3"])
        var options = Engine.Options()
        options.isInterruptible = true
        let program = try Engine(options: options).compile(Module(text: reader))
        var linker = Linker<Network>()
        linker.define("net", "fetch") { (call: HostCall<Network>, number: Int32) async throws -> (UInt32, UInt32) in
            let page = try await call.context.page(number)
            guard let memory = call.memory else { return (0, 0) }
            let allocate = try call.caller.function("alloc", as: ((UInt32) -> UInt32).self)
            let address = try allocate(UInt32(page.utf8.count))
            return (address, UInt32(try memory.write(page, at: address)))
        }
        let linked = try linker.link(program)

        let sum = try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let instance = try linked.instantiate(network)
                    let lengths = try instance.function("lengths", as: ((Int32, Int32) async -> Int32).self)
                    return try await lengths(1, 4)
                }
            }
            var sum: Int32 = 0
            for try await count in group { sum += count }
            return sum
        }
        print("50 guests fetched \(sum) bytes, many at once: \(await network.mostOpen > 10)")

        let task = Task {
            let instance = try linked.instantiate(network)
            return try await instance.function("lengths").callAsync([1, 1_000_000])
        }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        do { _ = try await task.value } catch { print("cancelled: \(error)") }
    }
}
