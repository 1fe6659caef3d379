/// The labels in scope, innermost last. Looking one up costs the same at any depth.
struct LabelStack {
    private var labels: [[UInt8]?] = []
    /// For each identifier the positions in `labels` that bear it, innermost last.
    private var positions: [[UInt8]: [Int]] = [:]

    var innermost: [UInt8]? { labels.last ?? nil }

    mutating func push(_ identifier: [UInt8]?) {
        if let identifier { positions[identifier, default: []].append(labels.count) }
        labels.append(identifier)
    }

    mutating func pop() {
        guard let last = labels.popLast(), let identifier = last else { return }
        _ = positions[identifier]?.popLast()
    }

    /// How many labels are between the innermost one and this.
    func depth(of identifier: [UInt8]) -> UInt32? {
        positions[identifier]?.last.map { UInt32(labels.count - 1 - $0) }
    }
}
