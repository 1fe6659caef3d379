internal import CRuntime
internal import Glibc

/// Arguments, variables and paths as a process has them, which need not be UTF-8. Each has a NUL at its end.
extension WASI {
    package func add(argument: [CChar]) throws(SetupError) {
        guard wasmc_wasi_add_argument(world, argument) else { throw SetupError(description: "no memory is left") }
    }

    /// - Parameter variable: NAME=VALUE.
    package func add(variable: [CChar]) throws(SetupError) {
        guard wasmc_wasi_add_variable(world, variable) else { throw SetupError(description: "no memory is left") }
    }
}
