/// The lines `bench NAME NUMBER` that drivers and `measure` write to standard error: nanoseconds and bytes.
enum DriverLine {
    static func values(_ text: String) -> [String: Double] {
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("bench ") {
            let words = line.split(separator: " ")
            if words.count == 3, let value = Double(words[2]) { values[String(words[1])] = value }
        }
        return values
    }
}
