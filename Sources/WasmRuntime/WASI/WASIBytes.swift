internal import CRuntime
internal import Glibc

/// Arguments, variables and paths as a process has them, which need not be UTF-8. Each has a NUL at its end.
extension WASI {
    package func add(argument: [CChar]) throws(SetupError) {
        guard wasmc_wasi_add_argument(context, argument) else { throw SetupError(description: "no memory is left") }
    }

    /// - Parameter variable: NAME=VALUE.
    package func add(variable: [CChar]) throws(SetupError) {
        guard wasmc_wasi_add_variable(context, variable) else { throw SetupError(description: "no memory is left") }
    }

    /// A directory of the host, behind those that the program has already.
    package func preopen(host: [CChar], guest: [CChar], isReadOnly: Bool) throws(SetupError) {
        guard wasmc_wasi_preopen(context, host, guest, isReadOnly) else {
            throw Self.obstacle(toOpening: host.pathText, errno)
        }
    }
}

extension [CChar] {
    /// As a person reads it, without the NUL at its end.
    package var pathText: String { String(decoding: dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
