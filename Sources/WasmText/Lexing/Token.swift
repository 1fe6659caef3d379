/// A token: a kind and a range of the source. Specification: "Tokens".
struct Token: Equatable {
    enum Kind: UInt8 {
        case leftParenthesis
        case rightParenthesis
        /// A keyword, a number or a reserved word: the parser that meets it knows which it needs.
        case word
        /// `$name` or `$"name"`.
        case identifier
        case string
        /// Characters that no token of the grammar has.
        case reserved
        /// The opening of an annotation that the parser understands, such as `(@custom`.
        case annotation
        case end
    }

    var kind: Kind
    private var start32: UInt32
    private var end32: UInt32

    init(_ kind: Kind, _ range: Range<Int>) {
        self.kind = kind
        start32 = UInt32(truncatingIfNeeded: range.lowerBound)
        end32 = UInt32(truncatingIfNeeded: range.upperBound)
    }

    var range: Range<Int> { Int(start32)..<Int(end32) }
    var offset: Int { Int(start32) }
}
