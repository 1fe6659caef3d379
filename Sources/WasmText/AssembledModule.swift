public import Wasm

/// A module that was made from a text, in the binary format, and where in the text its parts are.
public struct AssembledModule: Sendable {
    /// The module in the binary format.
    public var bytes: [UInt8]
    /// In the order of their offsets. None for a module whose bytes the text gives.
    let marks: [SourceMark]
    let source: [UInt8]
    /// Where the module is in the text.
    var start = 0

    /// The error of decoding or validating these bytes, as one of the text: at the instruction or field that it is
    /// about.
    public func located(_ error: ModuleError) -> TextError {
        // The last mark that is not after the error.
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].offset <= error.offset { low = middle + 1 } else { high = middle }
        }
        let kind: TextError.Kind =
            switch error.kind {
            case .malformed: .malformed
            case .invalid: .invalid
            case .limit: .limit
            case .unsupported: .unsupported(feature: String(error.message.prefix { $0 != ":" }))
            }
        guard low > 0 else {
            // Bytes that the text gives have offsets that its author knows.
            return TextError(marks.isEmpty ? error.description : error.message, kind: kind, at: start, in: source)
        }
        return TextError(error.message, kind: kind, at: marks[low - 1].place, in: source)
    }
}
