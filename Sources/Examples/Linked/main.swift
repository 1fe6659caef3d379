// The same from Swift, without LLVM or WasmEngine:
//   swiftc -import-objc-header greeter.h -I. -IRuntime/include main.swift greeter.o -L.build/debug -lWasmcRuntime -lm

@_cdecl("greeter_import_env_report")
func report(
    _ host: UnsafeMutableRawPointer?, _ caller: UnsafeMutablePointer<wasmc_instance>, _ number: Int32,
    _ average: Double,
    _ result: UnsafeMutablePointer<Int32>
) -> wasmc_outcome {
    if number < 0 { return WASMC_HOST_ERROR }
    if number == 0 {
        wasmc_set_exit_code(caller.pointee.store, 7)
        return WASMC_EXIT
    }
    print("the host: \(number), \(average)")
    result.pointee = number * 2
    return WASMC_RETURNED
}

func main() -> String? {
    var message = [CChar](repeating: 0, count: 256)
    guard let module = greeter_load(&message, message.count) else { return String(cString: message) }
    defer { wasmc_module_release(module) }
    guard let store = wasmc_store_create() else { return "no memory is left" }
    defer { wasmc_store_destroy(store) }
    guard let greeter = greeter_instantiate(store, module, nil, nil, &message, message.count) else {
        return String(cString: message)
    }

    if let bytes = wasmc_memory_bytes(greeter_memory(greeter), 16, 22) {
        print(String(decoding: UnsafeBufferPointer(start: bytes, count: 22), as: UTF8.self))
    }
    var result: Int32 = 0
    if greeter_run(greeter, 21, &result).outcome == WASMC_RETURNED { print("run: \(result)") }
    if greeter_run(greeter, -1, &result).outcome == WASMC_HOST_ERROR { print("the host said no") }
    let exit = greeter_run(greeter, 0, &result)
    if exit.outcome == WASMC_EXIT { print("exited with \(exit.exit_code)") }
    let trap = greeter_divide_rounded_down(greeter, 1.5, 0, &result)
    print("trap: \(String(cString: wasmc_trap_text(trap.outcome)))")
    print("calls: \(greeter_calls(greeter).pointee.i32)")
    return nil
}

if let problem = main() { print(problem) }
