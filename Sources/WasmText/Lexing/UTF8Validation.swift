enum UTF8Validation {
    /// Where `bytes` stop being UTF-8; `nil` when all of them are.
    static func firstInvalidOffset(in bytes: some Collection<UInt8>) -> Int? {
        var decoder = UTF8()
        var iterator = CountingIterator(base: bytes.makeIterator())
        while true {
            let start = iterator.count
            switch decoder.decode(&iterator) {
            case .scalarValue: continue
            case .emptyInput: return nil
            case .error: return start
            }
        }
    }

    private struct CountingIterator<Base: IteratorProtocol<UInt8>>: IteratorProtocol {
        var base: Base
        var count = 0

        mutating func next() -> UInt8? {
            count += 1
            return base.next()
        }
    }
}
