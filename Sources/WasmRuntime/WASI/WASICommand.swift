internal import Wasm

/// The two kinds of modules that the WASI application ABI has: commands, which run once, and reactors, whose exports
/// are called after they have been initialized.
extension Instance {
    /// Runs a command: calls its `_start`.
    ///
    /// - Returns: the code that the program gave to `exit`, or 0 when it returned.
    /// - Throws: what ``Function/call(_:deadline:timeout:handle:)`` throws, except ``ExitCode``;
    ///   ``UsageError/noSuchExport(_:)`` when the instance is no command.
    @discardableResult public func runCommand(
        deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil, handle: InterruptHandle? = nil
    ) throws -> ExitCode {
        let start = try function("_start")
        try start.requireNoValues("_start")
        do { _ = try start.call([], deadline: deadline, timeout: timeout, handle: handle) } catch let exit as ExitCode {
            return exit
        }
        return ExitCode(0)
    }

    /// As ``runCommand(deadline:timeout:handle:)``, for a program that waits for asynchronous host functions: it runs
    /// as ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)`` runs functions.
    ///
    /// - Parameter stackByteCount: how much stack the program may use.
    /// - Returns: the program's exit code.
    /// - Throws: as there.
    @discardableResult nonisolated(nonsending) public func runCommandAsync(
        deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil, handle: InterruptHandle? = nil,
        stackByteCount: Int = 1 << 20
    ) async throws -> ExitCode {
        let start = try function("_start")
        try start.requireNoValues("_start")
        do {
            _ = try await start.callAsync(
                [], deadline: deadline, timeout: timeout, handle: handle, stackByteCount: stackByteCount)
        } catch let exit as ExitCode { return exit }
        return ExitCode(0)
    }

    /// Initializes a reactor, once and before anything else of it is called: calls its `_initialize`, if it has one.
    ///
    /// - Throws: what ``Function/call(_:deadline:timeout:handle:)`` throws; ``UsageError/invalidArgument(_:)`` when the
    ///   instance is a command.
    public func initializeReactor(
        deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil, handle: InterruptHandle? = nil
    ) throws {
        _ = try initializer()?.call([], deadline: deadline, timeout: timeout, handle: handle)
    }

    /// As ``initializeReactor(deadline:timeout:handle:)``, for a library that waits for asynchronous host functions
    /// when it is initialized: it runs as ``Function/callAsync(_:deadline:timeout:handle:stackByteCount:)`` runs
    /// functions.
    ///
    /// - Parameter stackByteCount: how much stack the library may use.
    /// - Throws: as there.
    nonisolated(nonsending) public func initializeReactorAsync(
        deadline: ContinuousClock.Instant? = nil, timeout: Duration? = nil, handle: InterruptHandle? = nil,
        stackByteCount: Int = 1 << 20
    ) async throws {
        _ = try await initializer()?.callAsync(
            [], deadline: deadline, timeout: timeout, handle: handle, stackByteCount: stackByteCount)
    }

    private func initializer() throws(UsageError) -> Function? {
        guard export("_start") == nil else {
            throw .invalidArgument("the module exports _start, so it is a command: use runCommand()")
        }
        guard export("_initialize") != nil else { return nil }
        let initialize = try function("_initialize")
        try initialize.requireNoValues("_initialize")
        return initialize
    }
}

extension Function {
    fileprivate func requireNoValues(_ name: String) throws(UsageError) {
        guard type.parameters.isEmpty, type.results.isEmpty else {
            throw .typeMismatch(expected: "\(name) of type [] -> []", found: "\(type)")
        }
    }
}
