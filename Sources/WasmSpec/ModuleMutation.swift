/// Makes modules that are almost valid from valid ones: the same seed gives the same bytes.
public struct ModuleMutation: Sendable {
    /// The modules to start from, in the binary format.
    public let originals: [[UInt8]]

    /// - Parameter originals: at least one, none empty.
    public init(originals: [[UInt8]]) { self.originals = originals }

    public func module(seed: UInt64) -> [UInt8] {
        var random = SplitMix(seed: seed)
        guard var bytes = originals.randomElement(using: &random), !bytes.isEmpty else { return [] }
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty { change(&bytes, &random) }
        return bytes
    }

    private func change(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let place = Int.random(in: bytes.indices, using: &random)
        let rest = bytes.count - place
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<5: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 5..<9: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 9, 10: bytes.removeSubrange(place..<place + min(rest, Int.random(in: 1...8, using: &random)))
        case 11, 12: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 13, 14:
            guard let other = originals.randomElement(using: &random), !other.isEmpty else { return }
            let start = Int.random(in: other.indices, using: &random)
            let piece = other[start..<min(other.count, start + Int.random(in: 1...24, using: &random))]
            bytes.replaceSubrange(place..<place + min(rest, piece.count), with: piece)
        default: bytes.removeLast(rest)
        }
    }
}
