import ArgumentParser
import Foundation
import Wasm

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what comes from the instruction table and the list of features.")

    @Argument(help: "The repository.") var root = "."

    func run() throws {
        let root = URL(filePath: root)
        for (path, text) in try GeneratedSources.all(in: root) {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
        }
    }
}

/// Everything that comes from the instruction table and the list of features, by path in the repository.
enum GeneratedSources {
    static func all(in root: URL) throws -> [(path: String, text: String)] {
        let source = root.appending(path: InstructionTable.path)
        let table = try InstructionTable(text: String(contentsOf: source, encoding: .utf8))
        let folder = "Sources/Wasm/Instructions/Generated/"
        return [
            (folder + "Opcode.swift", opcodes(table)),
            (folder + "Family.swift", families(table)),
            (folder + "InstructionRows.swift", rows(table)),
            ("Runtime/module/Generated/opcodes.h", runtimeOpcodes(table)),
            ("Sources/Wasm/Wasm.docc/Instructions.md", page(table)),
            ("Sources/Wasm/Wasm.docc/Features.md", features()),
        ]
    }

    private static let header = """
        // Written by `swift run dev generate` from Instructions.table; do not edit.
        // swift-format-ignore-file


        """

    /// `i32.trunc_sat_f32_s` -> `i32TruncSatF32S`; a name that occurs twice (`select`) takes its member's name the
    /// second time.
    private static func caseNames(_ table: InstructionTable) -> [String] {
        var seen: Set<String> = []
        return table.rows.map { row in
            let parts = row.name.split(whereSeparator: { $0 == "." || $0 == "_" })
            let name = parts.enumerated().map { $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst() }
                .joined()
            return seen.insert(name).inserted ? name : row.member
        }
    }

    private static func escaped(_ name: String) -> String {
        let keywords: Set = [
            "as", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else", "enum", "extension",
            "fallthrough", "false", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is",
            "let", "nil", "operator", "private", "protocol", "public", "repeat", "rethrows", "return", "self",
            "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var",
            "where", "while",
        ]
        return keywords.contains(name) ? "`\(name)`" : name
    }

    private static func opcodes(_ table: InstructionTable) -> String {
        var text = header
        text += "/// An instruction's number in the table: dense, in the table's order.\n"
        text += "public enum Opcode: UInt16, CaseIterable, Sendable {\n"
        for (row, name) in zip(table.rows, caseNames(table)) {
            text += "    /// `\(row.name)`\n    case \(escaped(name))\n"
        }
        return text + "}\n"
    }

    /// What the binary format writes, for the constant expressions that the runtime evaluates.
    private static func runtimeOpcodes(_ table: InstructionTable) -> String {
        func constant(_ name: String, _ code: some BinaryInteger) -> String {
            let name = name.split(separator: ".").joined(separator: "_").uppercased()
            return "    WASMC_\(name) = \(hex(code)),\n"
        }
        var text = header + "// Opcodes of the binary format; those with a prefix are without it.\n\n"
        text += "#ifndef WASMC_OPCODES_H\n#define WASMC_OPCODES_H\n\nenum {\n"
        for prefix in Set(table.rows.map(\.prefix)).subtracting([0]).sorted() {
            text += constant("PREFIX_\(String(prefix, radix: 16))", prefix)
        }
        for (row, name) in zip(table.rows, caseNames(table)) {
            let isFirst = table.rows.first { $0.name == row.name }?.line == row.line
            text += constant("OP_" + (isFirst ? row.name : name), row.code)
        }
        return text + "};\n\n#endif\n"
    }

    private static func families(_ table: InstructionTable) -> String {
        // Families and their members in the table's order, with the names of each member's instructions.
        typealias Member = (name: String, instructions: [String])
        var members: [(family: String, members: [Member])] = []
        for row in table.rows {
            let family =
                members.firstIndex { $0.family == row.family }
                ?? {
                    members.append((row.family, []))
                    return members.count - 1
                }()
            if let member = members[family].members.firstIndex(where: { $0.name == row.member }) {
                members[family].members[member].instructions.append(row.name)
            } else {
                members[family].members.append((row.member, [row.name]))
            }
        }
        var text = header
        text += "/// What an instruction does, apart from the types it does it on; lowering switches over it.\n"
        text += "public enum Family: Hashable, Sendable {\n"
        for (family, _) in members {
            text += "    /// An instruction of the family `\(family)`.\n"
            text += "    case \(family)(\(family.prefix(1).uppercased() + family.dropFirst()))\n"
        }
        for (family, names) in members {
            text += "\n    /// The instructions of the family `\(family)`.\n"
            text += "    public enum \(family.prefix(1).uppercased() + family.dropFirst()): Hashable, Sendable {\n"
            for (name, instructions) in names {
                text += "        /// \(named(instructions))\n        case \(escaped(name))\n"
            }
            text += "    }\n"
        }
        return text + "}\n"
    }

    /// `i32.add` and what it is for other types, such as "`i32.add` and 3 more".
    private static func named(_ instructions: [String]) -> String {
        "`\(instructions[0])`" + (instructions.count > 1 ? " and \(instructions.count - 1) more" : "")
    }

    private static func rows(_ table: InstructionTable) -> String {
        var text = header
        text += "extension InstructionRow {\n    static let generated: [InstructionRow] = [\n"
        for row in table.rows {
            let kind = InstructionTable.immediateKinds[row.immediates] ?? "none"
            var parts = ["\"\(row.name)\"", hex(row.prefix), hex(row.code), ".\(kind)"]
            if let signature = row.signature {
                func type(_ name: String) -> String { InstructionTable.isShape(name) ? ".v128" : "." + name }
                parts.append("[\(signature.parameters.map(type).joined(separator: ", "))]")
                parts.append(signature.results.first.map(type) ?? "nil")
            } else {
                parts.append("rule: .byHand")
            }
            parts += [".\(row.feature)", ".\(row.family)(.\(row.member))"]
            if let shape = row.operandShape { parts.append("operandShape: .\(shape)") }
            if let shape = row.resultShape { parts.append("resultShape: .\(shape)") }
            if let byteCount = row.accessByteCount { parts.append("accessByteCount: \(byteCount)") }
            text += wrapped("        .init(", parts, "),")
        }
        return text + "    ]\n}\n"
    }

    /// The parts of a call, as many in a line as fit.
    private static func wrapped(_ start: String, _ parts: [String], _ end: String) -> String {
        var (text, line) = ("", start)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            let next = part + (isLast ? end : ",")
            if line.count + next.count > 119 {
                text += line.dropLast() + "\n"
                line = String(repeating: " ", count: 12)
            }
            line += next + (isLast ? "\n" : " ")
        }
        return text + line
    }

    private static func page(_ table: InstructionTable) -> String {
        var text = "# Instructions\n\nEvery instruction that wasmc knows. Written by `swift run dev generate`.\n\n"
        text += "| opcode | instruction | immediates | type | feature |\n|---|---|---|---|---|\n"
        for row in table.rows {
            let opcode = (row.prefix == 0 ? "" : hex(row.prefix) + " ") + hex(row.code)
            let type = row.signature.map {
                "[\($0.parameters.joined(separator: " "))] -> [\($0.results.joined(separator: " "))]"
            }
            text += "| `\(opcode)` | `\(row.name)` | \(row.immediates) | \(type ?? "by rule") | \(row.feature) |\n"
        }
        return text
    }

    private static func features() -> String {
        var text = """
            # Features

            What modules may be allowed or denied with `--features` and `Engine.Options.features`. Written by
            `swift run dev generate`.

            | feature | name | part of | here |
            |---|---|---|---|

            """
        for feature in Feature.allCases where feature != .core {
            let version =
                Features.wasm2.contains(feature) ? "2.0" : Features.wasm3.contains(feature) ? "3.0" : "no version"
            let state =
                !Features.implemented.contains(feature)
                ? "not supported" : Features.standard.contains(feature) ? "on" : "off unless asked for"
            text += "| \(feature.title) | `\(feature.name)` | \(version) | \(state) |\n"
        }
        return text
    }

    private static func hex(_ value: some BinaryInteger) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
