import LLVM
import Wasm

/// `wasm_initialize(instance)`: what instantiation evaluates, in the order of the specification. Specification:
/// "Instantiation".
extension CompilationUnit {
    /// Of a module's globals, tables and segments.
    private enum InitializationStep {
        case global(Int), table(Int), fill(Int), element(Int, ofSegment: Int), activateElements(Int), activateData(Int)
    }

    /// LLVM is superlinear in the stores and calls of one function, and without optimisation its frame grows with them.
    private static let mostStepsTogether = 250

    func lowerInitialization() {
        let initialize = addFunction(SymbolName.initialize, .function([types.pointer], returning: types.void))
        let instance = initialize.parameter(0)
        builder.position(atEndOf: initialize.appendBlock())
        let steps = initializationSteps()
        if steps.count <= Self.mostStepsTogether {
            for step in steps { lower(step, in: initialize, instance) }
        } else {
            for (number, start) in stride(from: 0, to: steps.count, by: Self.mostStepsTogether).enumerated() {
                let part = lower(steps[start...].prefix(Self.mostStepsTogether), part: number)
                builder.call(part, [instance])
            }
        }
        if let scope = offsets?.addScope(to: initialize) { builder.setLine(0, in: scope) }
        if let start = wasm.start { callStart(start, instance) }
        builder.clearLine()
        builder.return(nil)
    }

    private func initializationSteps() -> [InitializationStep] {
        let globals = wasm.globals.indices.filter { wasm.globals[$0].initializer != nil }
        let tables = wasm.tables.indices.filter { wasm.tables[$0].initializer != nil }
        let elements = wasm.elementSegments.indices
        let initialMemory = InitialMemory(wasm)
        let data = wasm.dataSegments.indices.filter { !initialMemory.segments.contains($0) }
        return globals.map { .global($0) } + tables.map { .table($0) } + elements.flatMap { fillingSteps(of: $0) }
            + elements.map { .activateElements($0) } + data.map { .activateData($0) }
    }

    private func fillingSteps(of segment: Int) -> [InitializationStep] {
        switch wasm.elementSegments[segment].items {
        case .functions(let functions): functions.isEmpty ? [] : [.fill(segment)]
        case .expressions(let expressions): expressions.indices.map { .element($0, ofSegment: segment) }
        }
    }

    /// Some steps in a function of their own.
    private func lower(_ steps: ArraySlice<InitializationStep>, part number: Int) -> Function {
        let part = addFunction(
            SymbolName.initialize(part: number), .function([types.pointer], returning: types.void))
        part.setInternal()
        part.addAttribute(context.attribute("noinline"))
        builder.elsewhere(part.appendBlock()) {
            for step in steps { lower(step, in: part, part.parameter(0)) }
            builder.return(nil)
        }
        return part
    }

    private func lower(_ step: InitializationStep, in function: Function, _ instance: Value) {
        switch step {
        case .global(let index):
            guard let initializer = wasm.globals[index].initializer else { return }
            storeGlobal(index, evaluate(initializer, instance), instance)
        case .table(let index):
            guard let initializer = wasm.tables[index].initializer else { return }
            let count = types.i64.constant(wasm.tables[index].type.elements.minimum)
            call(.tableFill, instance, [i32(index), types.i64.zero, evaluate(initializer, instance), count])
        case .fill(let index): fill(index, in: function, instance)
        case .element(let position, let index): fill(position, ofSegment: index, instance)
        case .activateElements(let index): activate(index, wasm.elementSegments[index], instance)
        case .activateData(let index): activate(index, wasm.dataSegments[index], instance)
        }
    }

    private func evaluate(_ expression: Wasm.Module.ConstantExpression, _ instance: Value) -> Value {
        var reader = ConstantExpressionReader(module: wasm, expression: expression)
        var operands: [Value] = []
        while let instruction = reader.next() {
            let index = Int(instruction.immediates.index)
            let value: Value?
            if case .constant(let operation) = instruction.opcode.row.family {
                value = constant(operation, instruction)
            } else if case .reference(.function) = instruction.opcode.row.family {
                value = functionReference(index, instance)
            } else if case .reference(.null) = instruction.opcode.row.family {
                value = types.i64.zero
            } else if case .variable(.globalGet) = instruction.opcode.row.family {
                value = loadGlobal(index, instance)
            } else if case .integerBinary(let operation) = instruction.opcode.row.family, operands.count > 1 {
                let b = operands.removeLast()
                value = arithmetic(operation, operands.removeLast(), b)
            } else {
                value = makeObject(instruction, &operands, instance)
            }
            operands.append(
                expected(
                    value,
                    "\(instruction.opcode.row.name) at byte offset 0x\(String(instruction.offset, radix: 16)) is in a "
                        + "constant expression", placeholder: type(expression.type).zero))
        }
        return expected(operands.last, "a constant expression has no value", placeholder: type(expression.type).zero)
    }

    /// What a constant expression makes that is no number.
    private func makeObject(_ instruction: Instruction, _ operands: inout [Value], _ instance: Value) -> Value? {
        let (type, count) = (Int(instruction.immediates.index), Int(instruction.immediates.secondIndex))
        func pop(_ count: Int) -> [Value]? {
            guard operands.count >= count else { return nil }
            defer { operands.removeLast(count) }
            return Array(operands.suffix(count))
        }
        let family = instruction.opcode.row.family
        if family == .structure(.new) {
            return pop(layout(ofType: type).fields.count).map { makeStruct(ofType: type, $0, instance) }
        }
        if family == .structure(.newDefault) { return makeStruct(ofType: type, nil, instance) }
        if family == .array(.new) {
            return pop(2).map { makeArray(ofType: type, filledWith: $0[0], length: $0[1], instance) }
        }
        if family == .array(.newDefault) { return pop(1).map { makeArray(ofType: type, length: $0[0], instance) } }
        if family == .array(.newFixed) { return pop(count).map { makeArray(ofType: type, $0, instance) } }
        if family == .reference(.fromI31) { return pop(1).map { i31($0[0]) } }
        if family == .reference(.toExternal) { return pop(1)?[0] }
        if family == .reference(.fromExternal) { return pop(1).map { call(.internalize, instance, $0) } }
        return nil
    }

    /// Where the record of a function lies that can be referred to: each such function has one.
    func recordOffset(function index: Int) -> Int {
        expected(
            layout.recordOffset(function: index), "function \(index), which is referred to, has no record",
            placeholder: 0)
    }

    /// The arithmetic that constant expressions may do.
    private func arithmetic(_ operation: Family.IntegerBinary, _ a: Value, _ b: Value) -> Value? {
        if operation == .add { return builder.binary(.add, a, b) }
        if operation == .subtract { return builder.binary(.sub, a, b) }
        return operation == .multiply ? builder.binary(.mul, a, b) : nil
    }

    private func i32(_ index: Int) -> Value { types.i32.constant(index) }

    // MARK: Segments

    /// The storage that the runtime made for a segment's elements.
    private func elements(ofSegment index: Int, _ instance: Value) -> Value {
        let segments = loadConstant(types.pointer, instance, InstanceField.elementSegments)
        return loadField(
            types.pointer, segments, index * ElementSegmentField.stride + ElementSegmentField.elements)
    }

    /// Writes the functions that a segment lists.
    private func fill(_ index: Int, in function: Function, _ instance: Value) {
        guard case .functions(let functions) = wasm.elementSegments[index].items else { return }
        fillRecords(elements(ofSegment: index, instance), with: functions, in: function, instance)
    }

    /// Writes one element of a segment of expressions.
    private func fill(_ position: Int, ofSegment index: Int, _ instance: Value) {
        guard case .expressions(let expressions) = wasm.elementSegments[index].items else { return }
        let element = builder.offset(
            elements(ofSegment: index, instance), by: types.i64.constant(position), of: types.i64)
        builder.store(evaluate(expressions[position], instance), element)
    }

    /// A loop over the offsets of the functions' records: element segments may be long.
    private func fillRecords(_ elements: Value, with functions: [UInt32], in function: Function, _ instance: Value) {
        let offsets = functions.map { types.i64.constant(recordOffset(function: Int($0))) }
        let table = module.addPrivateConstant(types.i64.constantArray(offsets))
        let before = builder.block
        let loop = function.appendBlock()
        let after = function.appendBlock()
        builder.branch(to: loop)
        builder.position(atEndOf: loop)
        let position = builder.phi(types.i64)
        let offset = builder.load(types.i64, builder.offset(table, by: position, of: types.i64))
        let record = builder.cast(.ptrtoint, builder.offset(instance, by: offset, of: types.i8), to: types.i64)
        builder.store(record, builder.offset(elements, by: position, of: types.i64))
        let next = builder.binary(.add, position, types.i64.constant(1))
        position.addIncoming(types.i64.zero, from: before)
        position.addIncoming(next, from: loop)
        let isDone = builder.compare(.eq, next, types.i64.constant(functions.count))
        builder.branch(if: isDone, to: after, else: loop)
        builder.position(atEndOf: after)
    }

    private func activate(_ index: Int, _ segment: Wasm.Module.ElementSegment, _ instance: Value) {
        switch segment.mode {
        case .passive: return
        case .declarative: break
        case .active(let table, let offset):
            let destination = address(offset, instance)
            let count = types.i64.constant(segment.count)
            call(.tableInitialize, instance, [i32(table), i32(index), destination, types.i64.zero, count])
        }
        call(.elementDrop, instance, [i32(index)])
    }

    private func activate(_ index: Int, _ segment: Wasm.Module.DataSegment, _ instance: Value) {
        guard case .active(let memory, let offset) = segment.mode else { return }
        let destination = address(offset, instance)
        let count = types.i64.constant(segment.range.count)
        call(.memoryInitialize, instance, [i32(memory), i32(index), destination, types.i64.zero, count])
        call(.dataDrop, instance, [i32(index)])
    }

    /// Where an active segment goes.
    private func address(_ offset: Wasm.Module.ConstantExpression, _ instance: Value) -> Value {
        let value = evaluate(offset, instance)
        return offset.type == .i64 ? value : builder.cast(.zext, value, to: types.i64)
    }

    private func callStart(_ index: Int, _ instance: Value) {
        if index < wasm.importedFunctionCount {
            _ = callImport(index, instance, [])
        } else {
            _ = callDefined(index, instance, [])
        }
    }
}
