internal import Glibc
internal import LLVMPasses

/// What a C++ symbol stands for. `nil` for other symbols, damaged ones, and those that stand for more than 8 KiB.
public func demangledItanium(_ symbol: String) -> String? {
    guard let text = wasmc_demangle_itanium(symbol, symbol.utf8.count) else { return nil }
    defer { free(text) }
    return String(cString: text)
}
