import WasmEngine
import WasmText

// A guest is given 10 points, runs out of them, and is given more.

@main
struct MeteringExample {
    static let text = """
        (module
          (func (export "add_one") (param $value i32) (result i32)
            (i32.add (local.get $value) (i32.const 1))))
        """

    static func main() throws {
        let metering = Metering.points(limit: 10) { instruction in
            switch instruction {
            case .localGet, .i32Const: 1
            case .i32Add: 2
            default: 0
            }
        }
        let program = try Engine(options: .init(metering: metering)).compile(Module(text: text))
        let instance = try program.instantiate()
        let addOne = try instance.function("add_one", as: ((Int32) -> Int32).self)

        print("Calling `add_one` function once...")
        _ = try addOne(41)
        print("Remaining points after the first call: \(instance.remainingPoints)")

        print("Calling `add_one` function twice...")
        _ = try addOne(41)
        print("Remaining points after the second call: \(instance.remainingPoints)")

        print("Calling `add_one` function a third time...")
        do {
            _ = try addOne(41)
            print("It returned, which it could not pay for")
        } catch let error as OutOfPoints {
            print("Calling `add_one` failed: \(error)")
        }
        print("Remaining points after the third call: \(instance.remainingPoints)")

        instance.remainingPoints = .remaining(10)
        print("Remaining points after they were set: \(instance.remainingPoints)")
    }
}
