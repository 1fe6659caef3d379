// A host for plug-ins that it does not trust: each has memory of its own, is stopped when it takes too long, and may
// crash without harm. Plug-ins ask the host for settings, which it writes where the plug-in's `alloc` says.

import WasmEngine
import WasmText

/// What the host keeps for one plug-in; its host functions get it.
final class Plugin: Sendable {
    let name: String
    let settings: [String: String]

    init(name: String, settings: [String: String]) {
        self.name = name
        self.settings = settings
    }
}

struct Host {
    private let linked: LinkedModule<Plugin>

    init(_ text: String) throws {
        var options = Engine.Options()
        options.isInterruptible = true
        var linker = Linker<Plugin>()
        linker.define("host", "log") { (call: HostCall<Plugin>, address: UInt32, count: UInt32) throws in
            guard let memory = call.memory else { return }
            print("\(call.context.name):", try memory.string(at: address, byteCount: count))
        }
        linker.define("host", "setting") {
            (call: HostCall<Plugin>, address: UInt32, count: UInt32) throws -> (UInt32, UInt32) in
            guard let memory = call.memory else { return (0, 0) }
            let key = try memory.string(at: address, byteCount: count)
            let value = call.context.settings[key] ?? ""
            let allocate = try call.caller.function("alloc", as: ((UInt32) -> UInt32).self)
            let place = try allocate(UInt32(value.utf8.count))
            return (place, UInt32(try memory.write(value, at: place)))
        }
        linked = try linker.link(Engine(options: options).compile(Module(text: text)))
    }

    /// Runs one function of a plug-in, in a store with limits.
    func run(_ function: String, of plugin: Plugin) {
        do {
            let limits = ResourceLimits(
                memoryPages: 4, tableElements: 1_000, heapBytes: 1 << 20, stackByteCount: 256 << 10)
            // Start functions take time, too.
            let instance = try linked.instantiate(plugin, in: Store(limits: limits), timeout: .milliseconds(50))
            try instance.function(function).call(timeout: .milliseconds(50))
            print("\(plugin.name): \(function) has ended")
        } catch let trap as Trap {
            print("\(plugin.name): \(function) crashed: \(trap.reason)")
        } catch let stopped as Interrupted {
            print("\(plugin.name): \(function) was stopped: \(stopped.reason)")
        } catch {
            print("\(plugin.name): \(function) failed: \(error)")
        }
    }
}

let plugins = """
    (module
      (import "host" "log" (func $log (param i32 i32)))
      (import "host" "setting" (func $setting (param i32 i32) (result i32 i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "greeting")
      (global $next (mut i32) (i32.const 1024))
      (func (export "alloc") (param $count i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get $count))))
      (func (export "greet") (call $log (call $setting (i32.const 0) (i32.const 8))))
      (func (export "hang") (loop (br 0)))
      (func (export "crash") (drop (i32.load (i32.const -1))))
      (func (export "grow") (if (i32.eq (memory.grow (i32.const 100)) (i32.const -1)) (then (unreachable)))))
    """

@main struct PluginHost {
    static func main() throws {
        let host = try Host(plugins)
        let english = Plugin(name: "english", settings: ["greeting": "hello"])
        let german = Plugin(name: "german", settings: ["greeting": "hallo"])
        for plugin in [english, german] { host.run("greet", of: plugin) }
        for function in ["hang", "crash", "grow", "missing", "greet"] { host.run(function, of: english) }
    }
}
