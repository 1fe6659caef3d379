import LLVM

/// What is hot in a profile and what is cold: the least counts that, from the largest on, make up shares of all.
struct ProfileSummary: Sendable, Hashable {
    private let shares: [ProfileShare]
    private let sum: UInt64
    private let largest: UInt64
    private let numberOfCounts: Int

    /// LLVM's own.
    private static let millionths: [UInt32] = [
        10_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 700_000, 800_000, 900_000, 950_000, 990_000,
        999_000, 999_900, 999_990, 999_999,
    ]

    init(of counts: some Collection<UInt64>) {
        let sorted = counts.sorted(by: >)
        let sum = sorted.reduce(0, Self.saturatingSum)
        var (next, partialSum, least) = (0, UInt64(0), sorted.first ?? 0)
        shares = Self.millionths.map { share in
            let wanted = UInt64(Double(sum) * (Double(share) / 1e6))
            while next < sorted.count, partialSum < wanted {
                least = sorted[next]
                partialSum = Self.saturatingSum(partialSum, least)
                next += 1
            }
            return ProfileShare(millionths: share, leastCount: least, numberOfCounts: UInt64(next))
        }
        self.sum = sum
        largest = sorted.first ?? 0
        numberOfCounts = sorted.count
    }

    static func saturatingSum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }

    func set(on module: borrowing LLVM.Module, functionCount: Int) {
        module.setProfileSummary(
            shares, sum: sum, largest: largest, numberOfCounts: numberOfCounts, functionCount: functionCount)
    }
}
