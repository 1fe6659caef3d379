import Wasm

/// The type of a memory as it is written; whether its page size is valid, the decoder says.
struct WrittenMemoryType {
    /// Its pages are those of the limits, whatever their size.
    var type: MemoryType
    /// The binary logarithm of the pages' size; `nil` where none is written.
    var pageSizeExponent: Int?
}
