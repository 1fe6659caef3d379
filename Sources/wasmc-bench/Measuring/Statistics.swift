import Foundation

/// The middle and the spread of samples.
struct Statistics {
    var median: Double
    var least: Double
    var most: Double
    var count: Int

    /// `nil` without samples.
    init?(_ samples: [Double]) {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        count = sorted.count
        median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
        least = sorted[0]
        most = sorted[count - 1]
    }

    /// The geometric mean of positive values, `nil` without any.
    static func geometricMean(_ values: [Double]) -> Double? {
        let positive = values.filter { $0 > 0 }
        guard !positive.isEmpty else { return nil }
        return exp(positive.map(log).reduce(0, +) / Double(positive.count))
    }
}
