import Wasm

/// What a valid module and a complete instruction table rule out, found while lowering: a mistake of the compiler's. No
/// value is made up for it that could run: what is lowered until the end is thrown away, and
/// ``CompilationUnit/lower(_:)`` throws ``CompileError`` with what was found first.
extension CompilationUnit {
    /// The value, or the note that there should be one. `placeholder` keeps lowering going and is never run.
    func expected<Value>(_ value: Value?, _ what: @autoclosure () -> String, placeholder: Value) -> Value {
        if let value { return value }
        if contradiction == nil { contradiction = what() }
        return placeholder
    }

    /// - Throws: ``CompileError`` if something was found that cannot be.
    func checkForContradiction(function: Int?) throws(CompileError) {
        guard let contradiction else { return }
        throw .contradiction(contradiction, function: function)
    }
}

extension CompileError {
    /// - Parameter what: what was found that cannot be, as the middle of a sentence.
    static func contradiction(_ what: String, function: Int? = nil) -> CompileError {
        CompileError(
            message: "an internal error of the compiler: \(what). Please report it", cause: .internalError,
            function: function)
    }
}

extension FunctionLowering {
    private func shape(_ shape: Shape?, _ role: String, of row: InstructionRow) -> Shape {
        unit.expected(
            shape, "\(row.name) at byte offset 0x\(String(instructionOffset, radix: 16)) has no \(role) of lanes",
            placeholder: .i8x16)
    }

    func heapType(of type: ValueType) -> HeapType {
        unit.expected(
            type.heapType, "a cast at byte offset 0x\(String(instructionOffset, radix: 16)) is to \(type)",
            placeholder: .none)
    }

    func shape(of row: InstructionRow) -> Shape { shape(row.shape, "operand or result", of: row) }
    func operandShape(of row: InstructionRow) -> Shape { shape(row.operandShape, "operand", of: row) }
    func resultShape(of row: InstructionRow) -> Shape { shape(row.resultShape, "result", of: row) }
}
