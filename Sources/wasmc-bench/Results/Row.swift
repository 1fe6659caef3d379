/// One measured value, or why there is none.
struct Row: Codable {
    var workload: String
    var engine: String
    var metric: Metric
    /// The median of the samples.
    var value: Double?
    var unit: String
    /// Against the best native build of the same source, the median of each round's; `nil` for what native builds do
    /// not have.
    var ratioToNative: Double?
    var least: Double?
    var most: Double?
    var sampleCount: Int
    var error: String?

    init(workload: String, engine: String, metric: Metric, _ statistics: Statistics, ratioToNative: Double?) {
        self.workload = workload
        self.engine = engine
        self.metric = metric
        value = statistics.median
        unit = metric.unit
        self.ratioToNative = ratioToNative
        least = statistics.least
        most = statistics.most
        sampleCount = statistics.count
    }

    init(workload: String, engine: String, error: String) {
        self.workload = workload
        self.engine = engine
        metric = .run
        unit = metric.unit
        sampleCount = 0
        self.error = error
    }

    /// Every key is written, `null` where there is nothing.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(workload, forKey: .workload)
        try container.encode(engine, forKey: .engine)
        try container.encode(metric, forKey: .metric)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(ratioToNative, forKey: .ratioToNative)
        try container.encode(least, forKey: .least)
        try container.encode(most, forKey: .most)
        try container.encode(sampleCount, forKey: .sampleCount)
        try container.encode(error, forKey: .error)
    }
}
