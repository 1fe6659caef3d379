import WasmEngine

/// What `inspect` shows of a module that needs features which are not there.
struct FeatureSummary: Summary {
    private struct Need: Encodable {
        var feature: String
        /// What switches it on; `nil` where it is not there.
        var option: String?
        var placeCount, functionCount: Int
        /// The first place: what needs the feature, its function if it is in one, and its byte offset.
        var what: String
        var function: Int?
        var offset: Int

        var line: String {
            let functions = functionCount > 0 ? " in \(functionCount.counted("function"))" : ""
            let places = placeCount.counted("place") + functions
            let place = (function.map { "function \($0), " } ?? "") + "byte offset 0x" + String(offset, radix: 16)
            return """
                needs \(feature)\(option.map { " (\($0))" } ?? ""): \(places), the first \
                is \(what.isEmpty ? "" : what + ", ")\(place)
                """
        }
    }

    private struct Section: Encodable {
        var name: String
        var byteCount: Int
    }

    private var byteCount: Int
    private var needs: [Need]
    private var producers: [String]
    private var sections: [Section]
    private var imports, exports: [Item]
    /// What could not be read, so that more may be needed.
    private var unread: [String]

    init(_ survey: FeatureSurvey, byteCount: Int) {
        self.byteCount = byteCount
        needs = survey.needs.map {
            Need(
                feature: $0.feature.title,
                option: Features.implemented.contains($0.feature) ? "--features \($0.feature.name)" : nil,
                placeCount: $0.placeCount, functionCount: $0.functions.count, what: $0.what,
                function: $0.function, offset: $0.offset)
        }
        producers = survey.producers.map(\.line)
        sections = survey.sections.map { Section(name: $0.name, byteCount: $0.byteCount) }
        imports = survey.imports.map { Item(module: $0.module, name: $0.name, type: $0.kind) }
        exports = survey.exports.map { Item(module: nil, name: $0.name, type: $0.kind) }
        unread = survey.unread.map(\.description)
    }

    var lines: [String] {
        let rest =
            unread.isEmpty ? [] : ["could not be read whole (\(unread.count.counted("part"))), first: \(unread[0])"]
        return ["\(byteCount.counted("byte")), which this version does not compile"] + needs.map(\.line) + rest
            + producers
            + sections.map { "section \($0.name): \($0.byteCount.counted("byte"))" } + (imports + exports).map(\.line)
    }
}

extension Producer {
    var line: String { "\(field.shown): \(name.shown)\(version.isEmpty ? "" : " " + version.shown)" }
}
