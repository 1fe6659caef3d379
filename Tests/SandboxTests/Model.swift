/// A memory as a test believes it to be, with what `hashFunction` makes of it.
struct ModelMemory {
    var bytes: [UInt8]

    init(byteCount: Int) { bytes = Array(repeating: 0, count: byteCount) }

    mutating func store<T: FixedWidthInteger>(_ value: T, at index: Int) {
        for k in 0..<T.bitWidth / 8 { bytes[index + k] = UInt8(truncatingIfNeeded: value >> (8 * k)) }
    }

    /// What the exported function `hash` returns for the first `byteCount` bytes, a multiple of 8.
    func hash(_ byteCount: Int) -> UInt64 {
        stride(from: 0, to: byteCount, by: 8).reduce(0) { hash, index in
            let word = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index + $1]) << (8 * $1) }
            return hash &* 0x9E37_79B9_7F4A_7C15 &+ word
        }
    }

    /// In a module whose first memory has so many bytes, and addresses of the type `index`.
    static func hashFunction(_ byteCount: Int, index: String = "i32") -> String {
        """
        (func $hash (export "hash") (result i64) (local $i \(index)) (local $h i64)
          (loop $again
            (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 0x9E3779B97F4A7C15)) (i64.load (local.get $i))))
            (br_if $again (\(index).lt_u (local.tee $i (\(index).add (local.get $i) (\(index).const 8)))
              (\(index).const \(byteCount)))))
          (local.get $h))
        (func (export "clear") (memory.fill (\(index).const 0) (i32.const 0) (\(index).const \(byteCount))))
        """
    }
}
