/// What an instance exports, in the module's order: a sequence of names and what is behind them.
///
/// ```swift
/// for (name, external) in instance.exports { print(name, external.type) }
/// let memory = instance.exports["memory"]
/// ```
///
/// Specification: "Export Instances".
public struct Exports: RandomAccessCollection {
    let instance: Instance

    /// 0.
    public var startIndex: Int { 0 }
    /// How many exports there are.
    public var endIndex: Int { instance.program.exports.count }

    /// The export at this place of the module.
    public subscript(position: Int) -> (name: String, external: External) {
        let export = instance.program.exports[position]
        return (export.name, External(export, of: instance.pointer, in: instance.store))
    }

    /// The export of this name, if there is one.
    public subscript(name: String) -> External? { instance.export(name) }
}

extension Instance {
    /// What the instance exports.
    public var exports: Exports { Exports(instance: self) }
}
