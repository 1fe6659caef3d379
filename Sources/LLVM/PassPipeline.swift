internal import CLLVM
internal import LLVMPasses

/// The passes of a level. Which they are is in `LLVMPasses/Pipeline.cpp`.
public enum Pipeline: String, Sendable, CaseIterable {
    case less = "O1"
    case standard = "O2"
    case aggressive = "O3"

    var code: wasmc_pipeline {
        switch self {
        case .less: WASMC_PIPELINE_O1
        case .standard: WASMC_PIPELINE_O2
        case .aggressive: WASMC_PIPELINE_O3
        }
    }

    /// A part of a pipeline.
    public struct Stage: Sendable {
        /// When it runs, in words.
        public let when: String
        /// The passes in LLVM's textual form, such as `function(gvn<>,wasmc-eliminate-checks)`.
        public let passes: String
    }

    /// What runs, in its order.
    ///
    /// - Parameter checksMayFault: an access out of a memory's bounds faults.
    public func stages(checksMayFault: Bool) -> [Stage] {
        pairs { wasmc_list_stages(code, checksMayFault, $0, $1) }.map { Stage(when: $0, passes: $1) }
    }

    /// wasmc's own passes: by the name that pipelines have for one, what it is for.
    public static var purposes: [String: String] {
        Dictionary(uniqueKeysWithValues: pairs { wasmc_list_passes($0, $1) })
    }
}

extension Module {
    /// Reads LLVM's text form.
    ///
    /// - Throws: ``LLVMError`` with the line and what is wrong there.
    public init(text: String, in context: Context) throws(LLVMError) {
        let buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text, text.utf8.count, "text")
        var module: LLVMModuleRef?
        var message: UnsafeMutablePointer<CChar>?
        defer { LLVMDisposeMemoryBuffer(buffer) }
        if LLVMParseIRInContext2(context.ref, buffer, &module, &message) != 0 {
            defer { LLVMDisposeMessage(message) }
            throw LLVMError(message.map { String(cString: $0) } ?? "this is no IR")
        }
        guard let module else { throw LLVMError("this is no IR") }
        self.init(ref: module, context: context)
    }

    /// Runs passes in LLVM's textual form, wasmc's among them, and nothing else.
    ///
    /// - Parameter containment: where the code may read and write; the pass `wasmc-contain` needs it.
    /// - Returns: the symbols of functions that could not be contained.
    /// - Throws: ``LLVMError`` for passes that LLVM does not know.
    public func run(
        _ passes: String, _ machine: borrowing TargetMachine, containment: Containment
    ) throws(LLVMError) -> [String] {
        let listener = PassListener(hear: { _ in }, isCancelled: { false })
        let error = containment.withLayout {
            wasmc_run_pipeline(ref, machine.ref, passes, $0, Unmanaged.passUnretained(listener).toOpaque())
        }
        return try listener.uncontained(after: error)
    }
}

/// What a C function tells of names and texts.
private func pairs(_ list: (wasmc_text_handler, UnsafeMutableRawPointer) -> Void) -> [(String, String)] {
    var found: [(String, String)] = []
    withUnsafeMutablePointer(to: &found) { found in
        list(
            { context, name, text in
                guard let context, let name, let text else { return }
                context.assumingMemoryBound(to: [(String, String)].self).pointee.append(
                    (String(cString: name), String(cString: text)))
            }, found)
    }
    return found
}
