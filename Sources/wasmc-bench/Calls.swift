import ArgumentParser
import WasmEngine
import WasmText

/// What calls between host and guest cost: medians over many samples, each of many calls.
struct Calls: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what calls between host and guest cost in wasmc.")

    static let text = """
        (module
          (import "env" "add" (func $add (param i32 i32) (result i32)))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "callHost") (param $count i32) (result i32) (local $sum i32)
            (loop $again
              (local.set $sum (call $add (local.get $sum) (local.get $count)))
              (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
            (local.get $sum)))
        """
    static let callCount = 100_000
    static let sampleCount = 101

    func run() throws {
        var imports = Imports()
        imports.define("env", "add") { (a: Int32, b: Int32) throws -> Int32 in a &+ b }
        let instance = try Engine().compile(Module(text: Self.text)).instantiate(imports: imports)
        let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
        let callHost = try instance.function("callHost", as: ((Int32) -> Int32).self)

        var sum: Int32 = 0
        try Self.report("host to guest, typed") {
            for value in 0..<Self.callCount { sum = try add(sum, Int32(truncatingIfNeeded: value)) }
        }
        try Self.report("guest to host, typed Swift closure") { sum &+= try callHost(Int32(Self.callCount)) }
        print("checksum \(sum)")
    }

    private static func report(_ name: String, _ body: () throws -> Void) throws {
        var samples: [Double] = []
        for _ in 0..<sampleCount {
            let duration = try ContinuousClock().measure(body)
            samples.append(Double(duration.components.attoseconds) / 1e9 / Double(callCount))
        }
        samples.sort()
        func nanoseconds(_ value: Double) -> String { String((value * 10).rounded() / 10) }
        print(
            "\(name): median \(nanoseconds(samples[sampleCount / 2])) ns a call, "
                + "least \(nanoseconds(samples[0])), most \(nanoseconds(samples[sampleCount - 1])), \(sampleCount) samples"
        )
    }
}
