public import Wasm

/// Which lines of source the code of a module comes from: what its compiler noted in DWARF's line tables, versions 2 to
/// 5.
///
/// The sections are whatever a stranger wrote: what does not decode is left out from there on, nothing traps, and time
/// and memory are proportional to their length.
public struct SourceLines: Sendable {
    /// A line of a source file.
    public struct Location: Hashable, Sendable {
        /// As the compiler was given it, or below its include directory.
        public var file: String
        /// From 1.
        public var line: Int

        /// A line, counted from 1, of a file.
        public init(file: String, line: Int) {
            self.file = file
            self.line = line
        }
    }

    struct Row {
        /// In the code section.
        var address: UInt32
        /// Index into `files`; the address is not covered from here on when it is negative.
        var file: Int32
        var line: UInt32
    }

    /// A file's name and directory, as ranges of the module's bytes in which they start; a zero ends them before the
    /// range.
    struct File: Hashable {
        var name: Range<Int>
        var directory: Range<Int>
    }

    private let module: Module
    /// Sorted by address.
    private var rows: [Row] = []
    private var files: [File] = []

    /// `nil` when the module has no line tables.
    public init?(_ module: Module) {
        func section(_ name: String) -> Range<Int>? { module.customSections.first { $0.name == name }?.range }
        guard let lines = section(".debug_line") else { return nil }
        self.module = module
        var program = LineProgram(
            bytes: module.bytes, strings: section(".debug_str") ?? 0..<0,
            lineStrings: section(".debug_line_str") ?? 0..<0)
        program.read(lines)
        files = program.files
        // At one address the end of one sequence is before the start of another, and of several rows the last one
        // counts.
        let order = program.rows.indices.sorted { a, b in
            let (left, right) = (program.rows[a], program.rows[b])
            if left.address != right.address { return left.address < right.address }
            return (left.file < 0) != (right.file < 0) ? left.file < 0 : a < b
        }
        rows = order.map { program.rows[$0] }
    }

    /// The line that the instruction at this byte offset of the module comes from; `nil` when that is not known.
    public func location(at byteOffset: Int) -> Location? {
        guard let address = UInt32(exactly: byteOffset - module.codeOffset) else { return nil }
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = low + (high - low) / 2
            if rows[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, rows[low - 1].line > 0, files.indices.contains(Int(rows[low - 1].file)) else { return nil }
        return Location(file: path(files[Int(rows[low - 1].file)]), line: Int(rows[low - 1].line))
    }

    private static let longestName = 1024

    private func path(_ file: File) -> String {
        let (name, directory) = (text(file.name), text(file.directory))
        return directory.isEmpty || name.hasPrefix("/") ? name : directory + "/" + name
    }

    private func text(_ range: Range<Int>) -> String {
        let bytes = module.bytes[range].prefix(Self.longestName).prefix { $0 != 0 }.map {
            $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
