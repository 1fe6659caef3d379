import Foundation

extension Rule {
    /// Executables, each of which is a module for itself that nothing imports.
    private static let executables: Set = ["dev", "wasmc", "wasmc-bench", "Examples"]

    static let fileNames = Rule(name: "names", promise: "no two Swift files of libraries have one name") { tree in
        let libraryFiles = tree.files.filter { file in
            let parts = file.path.split(separator: "/")
            return file.isSwift && parts.count > 2 && parts[0] == "Sources" && !executables.contains(String(parts[1]))
        }
        return Dictionary(grouping: libraryFiles, by: \.name).values.filter { $0.count > 1 }
            .map { "\($0.map(\.path).joined(separator: " and ")) have one name: rename one" }.sorted()
    }

    /// What programs import. `.ci/documentation` also looks at cases of enumerations, and at what is exported again.
    private static let documented = ["DWARF", "Wasm", "WasmEngine", "WasmKitCompatibility", "WasmRuntime", "WasmText"]
        .map { "Sources/\($0)/" }

    static let documentation = Rule(
        name: "documentation", promise: "every public declaration of the libraries says what it is"
    ) { tree in
        tree.files.filter { file in file.isSwift && documented.contains(where: file.path.hasPrefix) }.flatMap { file in
            file.lines.indices.compactMap { index -> String? in
                guard file.lines[index].contains("public ") || file.lines[index].contains("open ") else { return nil }
                let line = file.lines[index].trimmingPrefix(while: \.isWhitespace)
                guard line.prefixMatch(of: #/(@\w+(\([^)]*\))? )*(public|open) /#) != nil,
                    line.firstMatch(of: #/\b(import|extension) /#) == nil
                else { return nil }
                let before = file.lines[..<index].last {
                    let text = $0.trimmingPrefix(while: \.isWhitespace)
                    return !(text.hasPrefix("@") && !text.contains(" public ")) && !text.hasPrefix("#")
                }
                let declaration = line.prefix { $0 != "{" && $0 != "=" }
                guard before?.trimmingPrefix(while: \.isWhitespace).hasPrefix("///") == true else {
                    return "\(file.path):\(index + 1) has no documentation comment: \(declaration)"
                }
                let comment = file.lines[..<index].reversed().map { $0.trimmingPrefix(while: \.isWhitespace) }
                    .drop { !$0.hasPrefix("///") }.prefix { $0.hasPrefix("///") }
                guard comment.last?.hasPrefix("/// - ") == true else { return nil }
                return "\(file.path):\(index + 1) has no sentence on what it is: \(declaration)"
            }
        }
    }

    static let passPictures = Rule(
        name: "passes", promise: "each pass opens with a picture, its invariant, and who relies on it"
    ) { tree in
        let folder = "Sources/LLVMPasses/"
        return tree.files.filter { file in
            file.path.hasPrefix(folder) && file.path.hasSuffix(".cpp")
                && file.lines.contains { line in
                    line.hasPrefix("PreservedAnalyses ") && line.contains("::run(")
                        || line.contains(": public MachineFunctionPass")
                }
        }.flatMap { file -> [String] in
            // A pass with a header of its own may have them there.
            let header = tree.files.first { $0.path == file.path.dropLast(4) + ".h" }
            let comment = [file, header].compactMap { $0 }.flatMap { $0.lines.prefix { $0.hasPrefix("//") } }
            let parts: [(name: String, isThere: (Substring) -> Bool)] = [
                ("picture of the code before and after", { $0.hasPrefix("//   ") }),
                ("invariant", { $0.contains("Invariant:") }),
                ("line on who relies on it", { $0.contains(#/\b(relies|rely)\b/#) }),
            ]
            return parts.filter { !comment.contains(where: $0.isThere) }.map {
                "\(file.path) does not open with its \($0.name)"
            }
        }
    }

    /// In lowering each instruction has an arm: the compiler finds the one that is missing, unless a switch has an arm
    /// for what nobody thought of.
    static let exhaustiveSwitches = Rule(
        name: "switches", promise: "no switch of lowering hides a missing instruction behind 'default'"
    ) { tree in
        tree.files.filter { $0.isSwift && $0.path.hasPrefix("Sources/WasmLowering/") }.flatMap { file in
            file.lines.indices.compactMap { index -> String? in
                let line = file.lines[index]
                guard line.contains("default:") || line.contains("case _") else { return nil }
                let indentation = line.prefix(while: \.isWhitespace)
                let text = line.dropFirst(indentation.count)
                guard text.prefixMatch(of: #/(@unknown )?default:|case _[: ]/#) != nil else { return nil }
                // Up to the switch, its other arms.
                let arms = file.lines[..<index].reversed().prefix { line in
                    !(line.contains("switch ") && line.prefix(while: \.isWhitespace).count <= indentation.count)
                }
                let isOverEnum = arms.contains { line in
                    line.hasPrefix(indentation + "case ")
                        && line.dropFirst(indentation.count).prefixMatch(of: #/case \(?(let )?\./#) != nil
                }
                return isOverEnum ? "\(file.path):\(index + 1) hides what has no arm: name the cases" : nil
            }
        }
    }
}
