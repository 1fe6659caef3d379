internal import Glibc

/// A symbol as people write it, where a library that is here anyway knows the language.
func demangled(_ symbol: String) -> String {
    if let rust = demangledLegacyRust(symbol) { return rust }
    let start = symbol.hasPrefix("_$") ? symbol.dropFirst() : symbol[...]
    let text: UnsafeMutablePointer<CChar>? =
        if start.hasPrefix("$s") || start.hasPrefix("$S") {
            demangleSwift(String(start), start.utf8.count, nil, nil, 0)
        } else if symbol.hasPrefix("_Z") {
            demangleItanium(symbol, nil, nil, nil)
        } else {
            nil
        }
    guard let text else { return symbol }
    defer { free(text) }
    return String(cString: text)
}

// The Swift runtime's, and the C++ library's.
@_silgen_name("swift_demangle")
private func demangleSwift(
    _ name: UnsafePointer<CChar>, _ byteCount: Int, _ buffer: UnsafeMutablePointer<CChar>?,
    _ bufferByteCount: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

@_silgen_name("__cxa_demangle")
private func demangleItanium(
    _ name: UnsafePointer<CChar>, _ buffer: UnsafeMutablePointer<CChar>?, _ byteCount: UnsafeMutablePointer<Int>?,
    _ status: UnsafeMutablePointer<Int32>?
) -> UnsafeMutablePointer<CChar>?
