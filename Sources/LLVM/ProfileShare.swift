internal import LLVMPasses

/// Which counts of a profile are hot: from the largest on, those that make up a share of all.
public struct ProfileShare: Sendable, Hashable {
    let millionths: UInt32
    let leastCount: UInt64
    let numberOfCounts: UInt64

    public init(millionths: UInt32, leastCount: UInt64, numberOfCounts: UInt64) {
        self.millionths = millionths
        self.leastCount = leastCount
        self.numberOfCounts = numberOfCounts
    }
}

extension Module {
    /// Says what is hot and what is cold among the counts of branches and functions.
    public func setProfileSummary(
        _ shares: [ProfileShare], sum: UInt64, largest: UInt64, numberOfCounts: Int, functionCount: Int
    ) {
        let shares = shares.map {
            wasmc_profile_share(
                millionths: $0.millionths, least_count: $0.leastCount, number_of_counts: $0.numberOfCounts)
        }
        shares.withUnsafeBufferPointer { shares in
            var summary = wasmc_profile_summary(
                shares: shares.baseAddress, share_count: shares.count, sum: sum, largest: largest,
                number_of_counts: UInt64(numberOfCounts), function_count: UInt32(clamping: functionCount))
            wasmc_set_profile_summary(ref, &summary)
        }
    }
}
