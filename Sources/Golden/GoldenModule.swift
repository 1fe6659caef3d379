import LLVM
import Wasm
import WasmLowering
import WasmText

extension GoldenFile {
    /// Blessed output must not depend on the machine that makes it.
    static var target: Target { Target(triple: "x86_64-linux-gnu", cpu: "x86-64-v3") }

    /// The code of the module's functions, in the forms that the setting `shows` names.
    func compiledModule() throws -> String {
        guard let forms = setting("shows")?.split(separator: " ") else {
            throw GoldenFileError(description: "\(url.path) does not say ';; shows: ...' at its start")
        }
        let module = try Wasm.Module(text: input)
        return try forms.map { form in
            guard let emission = ModuleCompiler.Emission(rawValue: String(form)) else {
                throw GoldenFileError(description: "\(url.path): '\(form)' is no form of code")
            }
            let code = try ModuleCompiler.emit(module, options: options(), as: emission)
            let text = String(decoding: code, as: UTF8.self)
            let shown =
                emission == .assembly
                ? Self.machineCode(of: text) : Self.functions(of: text, withPrefix: "wasm_function_")
            return "\(form):\n\(shown)"
        }.joined(separator: "\n")
    }

    /// From words such as `O2 guarded metered interruptible`.
    private func options() throws -> CompilationOptions {
        var options = CompilationOptions(memory: .guarded, target: Self.target, verifiesIR: true)
        for word in setting("options")?.split(separator: " ") ?? [] {
            if let level = OptimizationLevel(rawValue: String(word)) {
                options.optimization = level
            } else if let memory = MemoryStrategy(rawValue: String(word)) {
                options.memory = memory
            } else if word == "metered" {
                options.fuelCosts = FuelCosts(bytesPerUnit: nil) { _ in 1 }
            } else if word == "interruptible" {
                options.isInterruptible = true
            } else {
                throw GoldenFileError(description: "\(url.path): '\(word)' is no option")
            }
        }
        return options
    }

    /// Of the machine code the guest's functions, without what assemblers and debuggers are told.
    private static func machineCode(of text: String) -> String {
        var lines: [String] = [], isGuest = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("wasm_function_") { isGuest = true }
            if line.hasPrefix(".Lfunc_end") { isGuest = false }
            let code = line.prefix { $0 != "#" }
            let isDirective = code.hasPrefix("\t.") || code.hasPrefix(".Ltmp") || code.hasPrefix(".Lfunc_begin")
            guard isGuest, !isDirective, !code.allSatisfy(\.isWhitespace) else { continue }
            var trimmed = String(code.replacing("\t", with: " "))
            while trimmed.last == " " { trimmed.removeLast() }
            lines.append(trimmed.hasPrefix(" ") ? "   " + trimmed : trimmed)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
