import Foundation

/// One value for each engine, as bars.
struct BarPlot {
    let metric: String
    let unit: String
    let values: [(engine: String, value: Double)]
    let palette: Palette
    /// Where a line is.
    var reference: Double?
    /// For values that differ by orders of magnitude.
    let isLogarithmic: Bool

    private static let rowHeight = 24.0
    private static let labelWidth = 110.0

    var svg: String {
        let width = reference == nil ? 330.0 : 940.0
        let height = Self.rowHeight * Double(values.count) + 4
        let space = width - Self.labelWidth - 62
        let most = values.map(\.value).max() ?? 1
        // A logarithmic bar has no zero; it begins a little below the least value.
        let least = min(values.map(\.value).min() ?? 1, reference ?? .infinity) * 0.7
        func length(_ value: Double) -> Double {
            guard isLogarithmic, most > least else { return space }
            return max(2, space * log(value / least) / log(most / least))
        }
        let bars = values.enumerated().map { index, item in
            let y = Self.rowHeight * Double(index) + 3
            let end = Self.labelWidth + length(item.value)
            let (width, height) = (Text.number(length(item.value), 1), Self.rowHeight - 8)
            let (engine, value) = (Text.escaped(item.engine), Text.short(item.value))
            return """
                <text x="\(Self.labelWidth - 8)" y="\(y + 13)" text-anchor="end">\(engine)</text>\
                <rect x="\(Self.labelWidth)" y="\(y)" width="\(width)" height="\(height)" \
                rx="3" fill="\(palette.color(item.engine))"><title>\(engine): \(value) \(unit)</title></rect>\
                <text x="\(Text.number(end + 6, 1))" y="\(y + 13)">\(value)\(reference == nil ? "" : " \(unit)")</text>
                """
        }
        let line = reference.map { value in
            let x = Text.number(Self.labelWidth + length(value), 1)
            return "<line class=\"one\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"\(height)\" stroke-dasharray=\"3 3\"/>"
        }
        return """
            <svg viewBox="0 0 \(width) \(height)" role="img" aria-label="\(metric) by engine">\
            \(bars.joined())\(line ?? "")</svg>
            """
    }
}
