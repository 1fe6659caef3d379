public import Wasm

/// Which instructions the code that runs executes. It must outlive that code.
public final class ExecutionRecord: @unchecked Sendable {
    // Generated code writes to it, always the same value.
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Opcode.allCases.count, alignment: 1)

    public init() { bytes.initializeMemory(as: UInt8.self, repeating: 0) }

    deinit { bytes.deallocate() }

    /// A mode whose code records here.
    public func recording(_ mode: Mode) -> Mode {
        var mode = mode
        mode.executionRecord = UInt(bitPattern: bytes.baseAddress)
        return mode
    }

    public var missing: [Opcode] { Opcode.allCases.filter { bytes[Int($0.rawValue)] == 0 } }
}
