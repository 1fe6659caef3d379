/// The checksum that zlib and Python call crc32.
enum CRC32 {
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { state, byte in state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] }
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
    }
}
