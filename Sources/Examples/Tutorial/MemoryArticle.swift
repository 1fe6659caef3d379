// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article Memory.
func memoryArticle() throws {
    let module = try Module(text: """
        (module (memory (export "memory") 1 4)
          (func (export "sum") (param $at i32) (param $count i32) (result f32) (local $sum f32)
            (block $done (loop $next
              (br_if $done (i32.eqz (local.get $count)))
              (local.set $sum (f32.add (local.get $sum) (f32.load (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 4)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br $next)))
            (local.get $sum)))
        """)
    let instance = try Engine().compile(module).instantiate()
    guard let memory = instance.memory else { return }

    try memory.write("text", at: 16, isTerminated: true)
    try memory.store(UInt16(0xBEEF), at: 32)
    print("memory:", try memory.string(at: 16), try memory.load(at: 32, as: UInt8.self))

    let sum = try instance.function("sum", as: ((UInt32, UInt32) -> Float).self)
    try memory.withMutableBytes(at: 1024, byteCount: 4 * MemoryLayout<Float>.size) { bytes in
        for index in 0..<4 { bytes.storeBytes(of: Float(index) + 0.5, toByteOffset: index * 4, as: Float.self) }
    }
    print("sum:", try sum(1024, 4))

    do { try memory.write([1, 2, 3], at: 65_534) } catch UsageError.outOfBounds(let offset, let count, let size) {
        print("refused: \(count) bytes at \(offset) of \(size)")
    }
    try memory.grow(pages: 1)
    print("pages:", memory.pages)
}
