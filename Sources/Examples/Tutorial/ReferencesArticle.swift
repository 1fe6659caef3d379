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
    imports.define("host", "send") { (session: HostReference<Session>, message: Int32) in
        session.object.messages.append(message)
    }
    let store = Store(limits: ResourceLimits(hostReferences: 1_000))
    let instance = try Engine().compile(module).instantiate(imports: imports, in: store)

    let session = Session()
    let greet = try instance.function("greet", as: ((HostReference<Session>) -> Void).self)
    try greet(HostReference(session))
    print("messages:", session.messages)

    // A number instead, from when you say until when you say.
    let reference = try store.root(session)
    try instance.function("greet").call([.externref(reference)])
    store.unroot(reference)
    print("messages:", session.messages, "left:", store.object(reference) == nil)
    try objects()
}

private func objects() throws {
    let module = try Module(text: """
        (module
          (type $point (struct (field $x (mut f64)) (field $y (mut f64))))
          (type $path (array (mut (ref null $point))))
          (func (export "point") (param f64 f64) (result (ref $point)) (struct.new $point (local.get 0) (local.get 1)))
          (func (export "path") (param i32) (result (ref $path)) (array.new_default $path (local.get 0)))
          (func (export "x of") (param (ref $path) i32) (result f64)
            (struct.get $point $x (array.get $path (local.get 0) (local.get 1)))))
        """)

    let instance = try Engine().compile(module).instantiate()
    let makePoint = try instance.function("point", as: ((Double, Double) -> StructReference).self)
    let makePath = try instance.function("path", as: ((Int32) -> ArrayReference).self)
    let path = try makePath(3)
    let point = try makePoint(1, 2)
    try path.setElement(0, to: point)
    try point.setField(0, to: 5 as Double)
    let x = try instance.function("x of", as: ((ArrayReference, Int32) -> Double).self)
    print("x:", try x(path, 0), try path.element(0, as: StructReference.self) == point)

    let copy = try StructReference(of: point.type, [.f64(7), .f64(8)], in: instance.store)
    try path.setElement(1, to: copy)
    print("x:", try x(path, 1), try path.element(2, as: StructReference?.self) == nil)
}
