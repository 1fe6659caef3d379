// What `localizedDescription` says of errors: their descriptions. Without these conformances Foundation says of every
// error that the operation could not be completed.

public import FoundationEssentials
public import Wasm
public import WasmLowering

extension ArtifactError: LocalizedError { public var errorDescription: String? { description } }
extension CompileError: LocalizedError { public var errorDescription: String? { description } }
extension ExitCode: LocalizedError { public var errorDescription: String? { "the guest ended with exit code \(code)" } }
extension FileError: LocalizedError { public var errorDescription: String? { description } }
extension GuestException: LocalizedError { public var errorDescription: String? { description } }
extension InternalError: LocalizedError { public var errorDescription: String? { description } }
extension Interrupted: LocalizedError { public var errorDescription: String? { description } }
extension LinkError: LocalizedError { public var errorDescription: String? { description } }
extension ModuleError: LocalizedError { public var errorDescription: String? { description } }
extension OutOfPoints: LocalizedError { public var errorDescription: String? { description } }
extension StandaloneExecutable.RunnerError: LocalizedError { public var errorDescription: String? { description } }
extension Trap: LocalizedError { public var errorDescription: String? { description } }
extension UsageError: LocalizedError { public var errorDescription: String? { description } }
extension WASI.SetupError: LocalizedError { public var errorDescription: String? { description } }
