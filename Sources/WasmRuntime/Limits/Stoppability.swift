internal import CRuntime

extension LinkError {
    /// A way of stopping guests, for which their code has to be compiled.
    public enum StopKind: String, Sendable, CaseIterable {
        /// Deadlines, handles and cancellation: ``Engine/Options/isInterruptible``.
        case interruption
        /// Points: ``Engine/Options/metering``.
        case metering

        var phrase: String {
            switch self {
            case .interruption: "can be interrupted"
            case .metering: "is metered"
            }
        }

        var option: String {
            switch self {
            case .interruption: "Engine.Options.isInterruptible"
            case .metering: "Engine.Options.metering"
            }
        }

        func isOf(_ module: UnsafePointer<wasmc_module>) -> Bool {
            switch self {
            case .interruption: module.pointee.artifact.pointee.is_interruptible
            case .metering: module.pointee.artifact.pointee.is_metered
            }
        }
    }
}

/// Guests get hold of functions of others in many ways: they import them, find them in tables and globals that several
/// share, or are given references by the host. All of that happens within one store, so it is the store whose code has
/// to agree.
extension Store {
    /// - Throws: ``LinkError/stoppability(_:can:cannot:)`` when the program can be stopped in other ways than the
    ///   instances that there are.
    func requireStoppable(_ program: CompiledModule, _ imports: Imports) throws(LinkError) {
        guard let firstProgram else { return }
        for kind in LinkError.StopKind.allCases {
            let isOfNew = kind.isOf(program.pointer)
            if isOfNew == kind.isOf(firstProgram.pointer) { continue }
            let new = program.phrase
            let old = program.firstImportedFunction(imports) ?? firstProgram.phrase
            throw .stoppability(kind, can: isOfNew ? new : old, cannot: isOfNew ? old : new)
        }
    }
}

extension CompiledModule {
    /// For messages: modules have no names.
    fileprivate var phrase: String {
        exports.first { if case .function = $0.type { true } else { false } }.map {
            "the module that exports \"\($0.name)\""
        }
            ?? "the module with digest \(artifact.sourceDigest.prefix(12))"
    }

    fileprivate func firstImportedFunction(_ imports: Imports) -> String? {
        for entry in self.imports {
            guard
                case .external(.function(let function)) = imports.definitions[
                    .init(module: entry.module, name: entry.name)],
                function.pointer.pointee.index != .max
            else { continue }
            return "function \"\(entry.module)\" \"\(entry.name)\" that it imports"
        }
        return nil
    }
}
