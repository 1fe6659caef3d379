internal import CRuntime

/// A module whose code is added to and replaced while it runs, in this process or in another.
protocol RunningProgram: Sendable {
    /// Puts an artifact's code in the place of stubs, or else of baseline code.
    ///
    /// - Throws: ``CompileError`` when it cannot be used.
    func put(_ artifact: [UInt8], isFirst: Bool) throws(CompileError)

    /// Has everyone who waits for code ask again.
    func wakeCallers()
}

/// A module of this process.
struct LoadedProgram: RunningProgram, @unchecked Sendable {
    // Unchecked: the runtime's functions may be called from any thread, as long as the module is there; who has this
    // hears when it goes.
    let pointer: UnsafeMutablePointer<wasmc_module>

    func put(_ artifact: [UInt8], isFirst: Bool) throws(CompileError) {
        var message = [CChar](repeating: 0, count: 256)
        guard let code = wasmc_module_load(artifact, artifact.count, &message, message.count) else {
            throw CompileError(message: text(message))
        }
        guard put(code, isFirst: isFirst) else { throw CompileError(message: "no memory is left for the code") }
    }

    /// Takes code over, also when it returns false.
    func put(_ code: UnsafeMutablePointer<wasmc_module>, isFirst: Bool) -> Bool {
        let isPut = isFirst ? wasmc_module_add_code(pointer, code) : wasmc_module_replace_code(pointer, code)
        if !isPut { wasmc_module_release(code) }
        return isPut
    }

    func wakeCallers() { wasmc_module_wake_callers(pointer) }
}
