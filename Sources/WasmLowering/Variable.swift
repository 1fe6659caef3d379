internal import CRuntime
internal import LLVM
internal import Wasm

/// Specification: "Variable Instructions", "Parametric Instructions".
extension FunctionLowering {
    func lower(_ variable: Family.Variable, _ instruction: Instruction) {
        let index = Int(instruction.immediates.index)
        switch variable {
        case .localGet: push(build.load(localTypes[index], locals[index]))
        case .localSet: build.store(pop(), locals[index])
        case .localTee:
            let value = pop()
            build.store(value, locals[index])
            push(value)
        case .globalGet: pushGlobal(index)
        case .globalSet: setGlobal(index, to: pop())
        }
    }

    private func globalCell(_ index: Int) -> IRValue {
        module.constantPointer(
            of: instance, offset: module.layout.globalOffset(index), byteCount: MemoryLayout<wasmc_value>.size)
    }

    func pushGlobal(_ index: Int) {
        let load = build.load(module.type(wasm.globals[index].type.value), globalCell(index))
        finishGlobal(load)
        push(load)
    }

    func setGlobal(_ index: Int, to value: IRValue) { finishGlobal(build.store(value, globalCell(index))) }

    /// Where faults are traps, a global's store must not move across an access that may fault.
    private func finishGlobal(_ access: IRValue) {
        access.setAlignment(8)
        module.mark(access, .global)
        if module.options.memory == .guarded { access.setVolatile() }
    }

    func lower(_ parametric: Family.Parametric) {
        switch parametric {
        case .drop: _ = pop()
        case .select, .typedSelect:
            let condition = build.compare(.ne, pop(), i32(0))
            let second = pop()
            let first = pop()
            push(build.select(condition, first, second))
        }
    }

    func lower(_ constant: Family.Constant, _ immediates: Immediates) {
        switch constant {
        case .i32: push(i32(immediates.bits))
        case .i64: push(i64(immediates.bits))
        case .f32: push(i32(immediates.bits).bitcast(to: module.f32))
        case .f64: push(i64(immediates.bits).bitcast(to: module.f64))
        }
    }
}
