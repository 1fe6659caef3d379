import Greeter

/// What the module imports.
final class Reporter: GreeterImports {
    struct Refusal: Error {}

    func report(_ guest: Greeter, _ number: Int32, _ average: Double) throws -> Int32 {
        if number < 0 { throw Refusal() }
        if number == 0 { throw Greeter.Exit(status: 7) }
        print("the host: \(number), \(average)")
        return number * 2
    }
}

let greeter = try Greeter(imports: Reporter())
print(try greeter.memory.string(at: 16, count: 22))
print("run:", try greeter.run(21))
do { _ = try greeter.run(-1) } catch is Reporter.Refusal { print("the host said no") }
do { _ = try greeter.run(0) } catch let exit as Greeter.Exit { print("exited with \(exit.status)") }
do { _ = try greeter.divide_rounded_down(1.5, 0) } catch let trap as Greeter.Trap { print("trap: \(trap.reason)") }
print("calls:", greeter.calls)
