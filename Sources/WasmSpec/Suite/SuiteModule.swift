public import WasmEngine
import Foundation
import WasmText

/// A module of the official suite's scripts that is valid.
public struct SuiteModule: Sendable {
    /// The script, and the line in it.
    public let name: String
    public let module: Module

    /// Those of all scripts beneath a folder, in order; none without the folder.
    public static func all(in folder: String) throws -> [SuiteModule] {
        var result: [SuiteModule] = []
        for path in SuiteReport.scripts(in: folder) {
            let text = try Array(Data(contentsOf: URL(filePath: folder + "/" + path)))
            guard let script = try? Script(text: text) else { continue }
            for command in script.commands {
                let found: Script.ModuleText
                switch command.kind {
                case .module(let module), .definition(let module), .assertInstantiationTrap(let module, _),
                    .assertUnlinkable(let module, _):
                    found = module
                default: continue
                }
                if let module = try? Module(bytes: found.bytes.get()) {
                    result.append(SuiteModule(name: "\(path):\(command.line)", module: module))
                }
            }
        }
        return result
    }
}
