internal import CRuntime
internal import Wasm

/// A WASI preview 1 world: what a program is given. Two worlds in one process share nothing.
///
/// Nothing of the host is visible but the standard streams and the preopened directories.
public final class WASI {
    /// A host directory that the guest sees under a name of its own.
    public struct Preopen: Sendable {
        public var host: String
        public var guest: String
        public init(host: String, guest: String) {
            self.host = host
            self.guest = guest
        }
    }

    /// Why a world could not be made.
    public struct SetupError: Error, CustomStringConvertible {
        public var description: String
    }

    let world: OpaquePointer

    /// The standard streams are duplicates of the three descriptors.
    ///
    /// - Throws: ``SetupError`` when a directory cannot be opened or a string holds a NUL.
    public init(
        arguments: [String] = [], environment: [(name: String, value: String)] = [], preopens: [Preopen] = [],
        standardInput: Int32 = 0, standardOutput: Int32 = 1, standardError: Int32 = 2
    ) throws(SetupError) {
        guard let world = wasmc_wasi_create(standardInput, standardOutput, standardError) else {
            throw SetupError(description: "no memory is left for a WASI world")
        }
        self.world = world
        for argument in arguments {
            try Self.check(argument)
            guard wasmc_wasi_add_argument(world, argument) else { throw SetupError(description: "no memory is left") }
        }
        for (name, value) in environment {
            try Self.check(name + value)
            guard wasmc_wasi_add_variable(world, "\(name)=\(value)") else { throw SetupError(description: "no memory is left") }
        }
        for preopen in preopens {
            try Self.check(preopen.host + preopen.guest)
            guard wasmc_wasi_preopen(world, preopen.host, preopen.guest) else {
                throw SetupError(description: "the directory \(preopen.host) cannot be opened for the program")
            }
        }
    }

    deinit { wasmc_wasi_destroy(world) }

    private static func check(_ text: String) throws(SetupError) {
        if text.utf8.contains(0) { throw SetupError(description: "an argument, variable or path holds a NUL character") }
    }
}

extension Imports {
    /// Defines the functions of `wasi_snapshot_preview1` on a world.
    public mutating func define(_ wasi: WASI) {
        var family = 0
        while var function = wasmc_wasi_functions(family) {
            while let name = function.pointee.name, let callback = function.pointee.callback {
                let type = FunctionType(
                    parameters: Self.types(function.pointee.parameters), results: Self.types(function.pointee.results))
                define(
                    "wasi_snapshot_preview1", String(cString: name), type: type, callback: callback,
                    userData: UnsafeMutableRawPointer(wasi.world), owner: wasi)
                function += 1
            }
            family += 1
        }
    }

    private static func types(_ letters: UnsafePointer<CChar>?) -> [ValueType] {
        (letters.map { String(cString: $0) } ?? "").map { $0 == "I" ? .i64 : .i32 }
    }
}
