/// The commands of the suite that need what is not built, each with the feature and the reason.
///
/// One entry a line: `file | feature | reason` for every failing command of a file, `file:line | feature | reason` for
/// one command. `#` starts a comment.
public struct KnownFailures: Sendable {
    struct Place: Hashable {
        var file: String
        /// `nil` for the whole file.
        var line: Int?
    }

    private var entries: Set<Place> = []

    public init() {}

    /// - Throws: ``Malformed`` for a line that is no entry.
    public init(text: String) throws(Malformed) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let columns = line.prefix { $0 != "#" }.split(separator: "|").map { $0.filter { $0 != " " } }
            if columns.allSatisfy(\.isEmpty) { continue }
            guard columns.count == 3, columns.allSatisfy({ !$0.isEmpty }) else { throw Malformed(line: index + 1) }
            let place = columns[0].split(separator: ":")
            let number = place.count == 2 ? Int(place[1]) : nil
            guard place.count == 1 || number != nil else { throw Malformed(line: index + 1) }
            entries.insert(Place(file: String(place[0]), line: number))
        }
    }

    public struct Malformed: Error, CustomStringConvertible {
        public var line: Int
        public var description: String { "known failures, line \(line): expected 'file[:line] | feature | reason'" }
    }

    func entry(file: String, line: Int) -> Place? {
        [Place(file: file, line: line), Place(file: file, line: nil)].first { entries.contains($0) }
    }

    func places(file: String) -> [Place] { entries.filter { $0.file == file } }
}
