internal import Threads
public import WasmLowering

/// Follows a compilation and may cancel it.
public typealias CompilationMonitor = WasmLowering.CompilationMonitor
/// How far a compilation has come.
public typealias CompilationProgress = WasmLowering.CompilationProgress

extension Engine {
    /// Compiles a module, or takes its code from the cache, on threads of its own: the task waits without a thread.
    ///
    /// - Parameters:
    ///   - module: the module.
    ///   - observe: hears how far the compilation has come, on the threads that compile, one call at a time.
    /// - Throws: `CancellationError` soon after the task is cancelled, else ``CompileError``.
    public func compile(
        _ module: Module, onProgress observe: @escaping @Sendable (CompilationProgress) -> Void
    ) async throws -> CompiledModule {
        let monitor = CompilationMonitor(observe: observe)
        return try await withTaskCancellationHandler {
            let result = await withCheckedContinuation { continuation in
                LargeStackThreads.detach {
                    continuation.resume(
                        returning: Result { () throws(CompileError) in try compile(module, monitor: monitor) })
                }
            }
            // Also when the compilation was faster than the cancellation.
            try Task.checkCancellation()
            return try result.get()
        } onCancel: {
            monitor.cancel()
        }
    }
}
