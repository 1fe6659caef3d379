/// The identifiers of an index space. Keys are bytes, since two names that Unicode calls equal may differ.
struct IndexSpace {
    /// As the specification's messages call the space: `func`, `table`, `local`...
    let name: String
    private(set) var count: UInt32 = 0
    private var indices: [[UInt8]: UInt32] = [:]

    init(_ name: String) { self.name = name }

    /// Gives the next index to `identifier`; false when it has one already.
    mutating func define(_ identifier: [UInt8]?) -> Bool {
        defer { count += 1 }
        guard let identifier else { return true }
        return indices.updateValue(count, forKey: identifier) == nil
    }

    func index(of identifier: [UInt8]) -> UInt32? { indices[identifier] }
}
