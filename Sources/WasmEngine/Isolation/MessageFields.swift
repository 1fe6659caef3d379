/// The fields of a message between the engine and the compiler's process. One function for each kind of message names
/// its fields in order, and both writes and reads them, so that the two cannot differ.
struct MessageFields {
    /// The message ends before its fields do, or a field has no such value.
    struct Malformed: Error {}

    private(set) var bytes: [UInt8]
    private let isReading: Bool
    private var position = 0

    /// For writing.
    init() {
        bytes = []
        isReading = false
    }

    init(reading bytes: [UInt8]) {
        self.bytes = bytes
        isReading = true
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func exchange<Number: FixedWidthInteger>(_ value: inout Number) throws(Malformed) {
        guard isReading else { return withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        let count = MemoryLayout<Number>.size
        guard count <= bytes.count - position else { throw Malformed() }
        value = Number(
            littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Number.self) })
        position += count
    }

    mutating func exchange(_ value: inout Bool) throws(Malformed) {
        var byte: UInt8 = value ? 1 : 0
        try exchange(&byte)
        guard byte < 2 else { throw Malformed() }
        value = byte == 1
    }

    mutating func exchange(_ value: inout Double) throws(Malformed) {
        var bits = value.bitPattern
        try exchange(&bits)
        value = Double(bitPattern: bits)
    }

    mutating func exchange(_ value: inout [UInt8]) throws(Malformed) {
        var count = UInt64(value.count)
        try exchange(&count)
        guard isReading else {
            bytes += value
            return
        }
        guard count <= UInt64(bytes.count - position) else { throw Malformed() }
        value = Array(bytes[position..<position + Int(count)])
        position += Int(count)
    }

    mutating func exchange(_ value: inout String) throws(Malformed) {
        var utf8 = Array(value.utf8)
        try exchange(&utf8)
        value = String(decoding: utf8, as: UTF8.self)
    }

    mutating func exchange<Case: RawRepresentable<String>>(_ value: inout Case) throws(Malformed) {
        var name = value.rawValue
        try exchange(&name)
        guard let named = Case(rawValue: name) else { throw Malformed() }
        value = named
    }

    /// - Parameter blank: what reading starts from.
    mutating func exchange<Wrapped>(
        _ value: inout Wrapped?, blank: Wrapped, _ field: (inout MessageFields, inout Wrapped) throws(Malformed) -> Void
    ) throws(Malformed) {
        var isPresent = value != nil
        try exchange(&isPresent)
        guard isPresent else {
            value = nil
            return
        }
        var present = value ?? blank
        try field(&self, &present)
        value = present
    }

    /// - Parameter blank: what reading an element starts from.
    mutating func exchange<Element>(
        _ values: inout [Element], blank: Element,
        _ field: (inout MessageFields, inout Element) throws(Malformed) -> Void
    ) throws(Malformed) {
        var count = UInt64(values.count)
        try exchange(&count)
        // Each element has a byte at least.
        guard !isReading || count <= UInt64(bytes.count - position) else { throw Malformed() }
        if isReading { values = [] }
        for index in 0..<Int(count) {
            var element = isReading ? blank : values[index]
            try field(&self, &element)
            if isReading { values.append(element) }
        }
    }

    mutating func exchange(_ values: inout [Int]) throws(Malformed) {
        try exchange(&values, blank: 0) { fields, value throws(Malformed) in try fields.exchange(&value) }
    }

    mutating func exchange(_ values: inout Set<Int>) throws(Malformed) {
        var sorted = values.sorted()
        try exchange(&sorted)
        values = Set(sorted)
    }
}
