// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article References.
func referencesArticle() throws {
    final class Session {
        var messages: [Int32] = []
    }
    let module = try Module(text: """
        (module
          (import "host" "send" (func $send (param externref i32)))
          (func (export "greet") (param $session externref)
            (call $send (local.get $session) (i32.const 1))
            (call $send (local.get $session) (i32.const 2))))
        """)

    var imports = Imports()
    imports.define("host", "send") { (caller: Caller, reference: ExternalReference?, message: Int32) in
        guard let reference, let session = caller.store.object(reference) as? Session else { return }
        session.messages.append(message)
    }
    let store = Store(limits: ResourceLimits(hostReferences: 1_000))
    let instance = try Engine().compile(module).instantiate(imports: imports, in: store)

    let session = Session()
    let reference = try store.root(session)
    try instance.function("greet", as: ((ExternalReference) -> Void).self)(reference)
    store.unroot(reference)
    print("messages:", session.messages, "left:", store.object(reference) == nil)
}
