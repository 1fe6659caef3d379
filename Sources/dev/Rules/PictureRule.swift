import Foundation

extension Rule {
    private static let picture = "Sources/WasmEngine/WasmEngine.docc/Architecture.dot"

    /// The picture of the package leaves out arrows that others imply, and none that they do not.
    static let architecture = Rule(
        name: "architecture", promise: "the picture of the architecture shows the package's targets and what they use"
    ) { tree in
        guard let package = try tree.text(of: "Package.swift"), let text = try tree.text(of: picture) else { return [] }
        let targets = targets(of: package), drawing = Drawing(text)
        var complaints = Set(targets.keys).symmetricDifference(drawing.nodes).sorted().map { name in
            let isDrawn = drawing.nodes.contains(name)
            return "\(picture) \(isDrawn ? "shows" : "lacks") \(name), which is \(isDrawn ? "no" : "a") target"
        }
        guard complaints.isEmpty else { return complaints }
        for (user, used) in drawing.arrows where targets[user]?.contains(used) != true {
            complaints.append("\(picture) says that \(user) uses \(used), which it does not")
        }
        for (user, used) in targets {
            for name in used.subtracting(drawing.reachable(from: user)).sorted() {
                complaints.append("\(picture) does not say that \(user) uses \(name)")
            }
        }
        let image = picture.replacing(".dot", with: ".svg")
        let drawn = (try tree.text(of: image) ?? "").replacing("&#45;", with: "-").replacing("&gt;", with: ">")
        let titles = drawing.nodes.union(drawing.arrows.map { "\($0)->\($1)" })
        for title in titles where !drawn.contains("<title>\(title)</title>") {
            complaints.append("\(image) is not drawn from \(picture): it lacks \(title)")
        }
        return complaints.sorted()
    }

    /// What the targets of a package that ships use of one another, by their names.
    private static func targets(of package: String) -> [String: Set<String>] {
        let declarations = package.matches(of: #/\.(target|executableTarget|systemLibrary)\(\s*name: "([^"]+)"/#)
        var used: [String: Set<String>] = [:]
        for (declaration, next) in zip(declarations, declarations.dropFirst().map(\.range) + [nil]) {
            let text = package[declaration.range.upperBound..<(next?.lowerBound ?? package.endIndex)]
                .split(separator: ".testTarget", maxSplits: 1)[0]
            let path = text.firstMatch(of: #/path: "([^"]+)"/#)?.output.1 ?? ""
            guard !path.hasPrefix("Tests/"), !path.hasPrefix("Sources/Examples/") else { continue }
            let dependencies = text.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.output.1 ?? ""
            used[String(declaration.output.2)] = Set(
                dependencies.matches(of: #/"([^"]+)"/#).map { String($0.output.1) })
        }
        return used
    }

    /// What a text in Graphviz's language draws as boxes, and the arrows between them.
    private struct Drawing {
        var nodes: Set<String> = []
        var arrows: [(user: String, used: String)] = []

        init(_ text: String) {
            for line in text.split(separator: "\n") {
                if let arrow = line.wholeMatch(of: #/ *"([^"]+)" -> "([^"]+)"/#) {
                    arrows.append((String(arrow.output.1), String(arrow.output.2)))
                } else if let node = line.prefixMatch(of: #/ *"([^"]+)" \[/#) {
                    nodes.insert(String(node.output.1))
                }
            }
        }

        func reachable(from start: String) -> Set<String> {
            var found: Set<String> = [], next = [start]
            while let name = next.popLast() {
                for arrow in arrows where arrow.user == name && found.insert(arrow.used).inserted {
                    next.append(arrow.used)
                }
            }
            return found
        }
    }
}
