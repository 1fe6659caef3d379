internal import CRuntime
internal import LLVM
internal import Wasm

/// `wasm_initialize(instance)`: the part of instantiation that is made of instructions. Specification: "Instantiation".
extension FunctionLowering {
    func lowerInitialization() throws(ModuleError) {
        let entry = block("entry")
        let body = block("body")
        build.move(to: body)
        for (index, global) in wasm.globals.enumerated() {
            if let initializer = global.initializer { setGlobal(index, to: evaluate(initializer)) }
        }
        for (index, segment) in wasm.elementSegments.enumerated() { fill(index, segment) }
        for (index, segment) in wasm.elementSegments.enumerated() {
            switch segment.mode {
            case .passive: continue
            case .declarative: break
            case .active(let table, let offset):
                let destination = widened(evaluate(offset))
                _ = callBuiltin(
                    \.table_init, returning: module.void,
                    [i32(UInt64(table)), i32(UInt64(index)), destination, i64(0), i64(UInt64(segment.count))])
            }
            _ = callBuiltin(\.element_drop, returning: module.void, [i32(UInt64(index))])
        }
        for (index, segment) in wasm.dataSegments.enumerated() {
            guard case .active(let memory, let offset) = segment.mode else { continue }
            let destination = widened(evaluate(offset))
            _ = callBuiltin(
                \.memory_init, returning: module.void,
                [i32(UInt64(memory)), i32(UInt64(index)), destination, i64(0), i64(UInt64(segment.range.count))])
            _ = callBuiltin(\.data_drop, returning: module.void, [i32(UInt64(index))])
        }
        if let start = wasm.start { callFunction(start) }
        build.returnVoid()
        finishEntry(entry, body, localCount: 0, bodyByteCount: 0)
    }

    private func evaluate(_ expression: Wasm.Module.ConstantExpression) -> IRValue {
        var reader = ConstantExpressionReader(module: wasm, expression: expression)
        while let instruction = reader.next() { lower(instruction, isFallthroughReachable: true) }
        return pop()
    }

    /// Writes a segment's references; the runtime has allocated them.
    private func fill(_ index: Int, _ segment: Wasm.Module.ElementSegment) {
        guard segment.count > 0 else { return }
        let segments = module.field(module.pointer, of: instance, offset: offset(\wasmc_instance.element_segments))
        let place = index * MemoryLayout<wasmc_element_segment>.stride + offset(\wasmc_element_segment.elements)
        let elements = module.field(module.pointer, of: segments, offset: place)
        for position in 0..<segment.count {
            let value =
                switch segment.items {
                case .functions(let indices): functionReference(Int(indices[position]))
                case .expressions(let expressions): evaluate(expressions[position])
                }
            module.mark(build.store(value, build.offset(elements, byteCount: position * 8)), .table)
        }
    }
}
