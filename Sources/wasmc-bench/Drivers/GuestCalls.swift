import ArgumentParser
import WasmEngine

/// What instantiation and calls between host and guest cost in wasmc: medians over many samples, each of many calls.
struct GuestCalls: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what calls cost in wasmc.", shouldDisplay: false)
    private static let callCount = 100_000
    private static let sampleCount = 41
    private static let instanceCount = 300

    @OptionGroup var settings: EngineSettings
    /// `calls.c` as WebAssembly.
    @Argument var file: String

    func run() throws {
        var imports = Imports()
        imports.define("env", "add") { (a: Int32, b: Int32) throws -> Int32 in a &+ b }
        let program = try settings.engine.compile(Module(bytes: settings.contents(of: file)))
        var instance = try program.instantiate(imports: imports)
        try Self.report("instantiate", count: Self.instanceCount) {
            instance = try program.instantiate(imports: imports)
        }

        let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
        let callHost = try instance.function("call_host", as: ((Int32) -> Int32).self)
        var sum: Int32 = 0
        try Self.report("host-to-guest", count: Self.sampleCount, calls: Self.callCount) {
            for value in 0..<Int32(Self.callCount) { sum = try add(sum, value) }
        }
        try Self.report("guest-to-host", count: Self.sampleCount, calls: Self.callCount) {
            sum &+= try callHost(Int32(Self.callCount))
        }
        print("0 \(UInt32(bitPattern: sum))")
    }

    private static func report(_ name: String, count: Int, calls: Int = 1, _ body: () throws -> Void) throws {
        let samples = try (0..<count).map { _ in
            let stopwatch = Stopwatch()
            try body()
            return stopwatch.elapsed
        }
        Stopwatch.reportMedian(name, of: samples, count: calls)
    }
}
