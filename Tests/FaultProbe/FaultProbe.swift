import Glibc
import WasmEngine
import WasmText

// A host with a fault handler of its own: a guest's fault is a trap and never reaches it, a fault in a host function
// does. Run by CommandTests.

@main
struct FaultProbe {
    static let text = """
        (module
          (import "env" "fault" (func $fault))
          (memory 1)
          (func (export "guest") (drop (i32.load (i32.const 65536))))
          (func (export "host") (call $fault)))
        """

    static func main() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            let message: StaticString = "the host's own handler\n"
            write(1, message.utf8Start, message.utf8CodeUnitCount)
            _exit(7)
        }
        sigaction(SIGSEGV, &action, nil)

        var imports = Imports()
        imports.define("env", "fault") { () throws in
            UnsafeMutablePointer<Int>(bitPattern: 4096)?.pointee = 1
        }
        let engine = Engine(options: .init(memory: .guarded))
        let instance = try engine.compile(Module(text: text)).instantiate(imports: imports)
        do { _ = try instance.function("guest").call() } catch let trap as Trap { print(trap) }
        fflush(nil)
        _ = try instance.function("host").call()
    }
}
