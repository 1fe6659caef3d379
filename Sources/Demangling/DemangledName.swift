internal import CRuntime
internal import Glibc

/// A symbol as people write it. Names come with modules, so whatever they are, it is done soon and not long.
package func demangled(_ symbol: String) -> String {
    demangledRust(symbol) ?? demangledLegacyRust(symbol) ?? demangledSwift(symbol)
        ?? (symbol.hasPrefix("_Z") ? demangledItanium(symbol) : nil) ?? symbol
}

/// What a C++ symbol stands for, where LLVM's demangler is linked into the process.
private func demangledItanium(_ symbol: String) -> String? {
    guard let text = wasmc_demangle_cxx(symbol, symbol.utf8.count) else { return nil }
    defer { free(text) }
    return String(cString: text)
}

private func demangledSwift(_ symbol: String) -> String? {
    let symbol = symbol.hasPrefix("_$") ? String(symbol.dropFirst()) : symbol
    guard symbol.hasPrefix("$s") || symbol.hasPrefix("$S"), standsForLittle(symbol),
        let text = demangleSwift(symbol, symbol.utf8.count, nil, nil, 0)
    else { return nil }
    defer { free(text) }
    return String(cString: text)
}

/// Whether a Swift symbol refers to few earlier parts of it: each time can double the text before, and all of it is
/// written.
private func standsForLittle(_ symbol: String) -> Bool {
    guard symbol.utf8.count <= 4_096 else { return false }
    var references = 0
    var rest = Array(symbol.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "A") else { continue }
        // `A5B` refers to the same part five times.
        let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        references += count.isEmpty ? 1 : Int(String(decoding: count.prefix(4), as: UTF8.self)) ?? 1
        if references > 16 { return false }
    }
    return true
}

// The Swift runtime's.
@_silgen_name("swift_demangle")
private func demangleSwift(
    _ name: UnsafePointer<CChar>, _ byteCount: Int, _ buffer: UnsafeMutablePointer<CChar>?,
    _ bufferByteCount: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?
