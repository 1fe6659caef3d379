import ArgumentParser
import Foundation
import WasmEngine

/// A length of time as people write it: `2s`, `1.5s`, `500ms`, `3m`, `1h`.
struct Timeout: ExpressibleByArgument {
    let duration: Duration

    private static let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]

    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }),
            let number = Double(argument.dropLast(unit.suffix.count)), number.isFinite, number >= 0,
            number * unit.seconds < 1e9
        else { return nil }
        duration = .nanoseconds(Int64(number * unit.seconds * 1e9))
    }
}
