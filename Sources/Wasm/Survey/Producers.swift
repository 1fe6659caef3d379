/// A language, a tool or an SDK that took part in making a module. Tool conventions: "Producers Section".
public struct Producer: Sendable, Hashable {
    /// `language`, `processed-by` or `sdk`.
    public let field: String
    /// What it is called.
    public let name: String
    /// Its version, as it says.
    public let version: String

    static let sectionName = "producers"

    /// Those that a section names, as far as it can be read.
    static func read(_ bytes: [UInt8], _ range: Range<Int>) -> [Producer] {
        var producers: [Producer] = []
        var reader = ByteReader(bytes, range)
        do throws(ModuleError) {
            for _ in 0..<(try reader.u32()) {
                let field = try reader.name()
                for _ in 0..<(try reader.u32()) {
                    producers.append(.init(field: field, name: try reader.name(), version: try reader.name()))
                }
            }
        } catch {}
        return producers
    }
}

extension Module {
    /// Who made the module, as far as it says so.
    public var producers: [Producer] {
        customSections.filter { $0.name == Producer.sectionName }.flatMap { Producer.read(bytes, $0.range) }
    }
}
