extension Module {
    /// Decodes and validates a module.
    ///
    /// - Parameter features: what the module may use. An engine compiles it when its own options allow what the module
    ///   does use.
    /// - Throws: ``ModuleError`` with the byte offset and, inside a body, the function.
    ///
    /// Specification: "Modules" of the binary format and of validation.
    public init(bytes: [UInt8], features: Features = .standard) throws(ModuleError) {
        try self.init(withoutBodies: bytes, features: features)
        take(try validateBodies(definedFunctions, features))
    }

    init(withoutBodies bytes: [UInt8], features: Features) throws(ModuleError) {
        var decoder = ModuleDecoder(bytes, features: features)
        self = try decoder.decode()
        var validator = ModuleValidator(module: self, features: features)
        try validator.validate()
        self = validator.module
    }
}

/// Validates everything outside of function bodies. Specification: "Modules" of validation.
struct ModuleValidator {
    var module: Module
    /// What constant expressions may use.
    let features: Features
    /// Constant expressions that make objects: their types are checked when all functions are known that are referred
    /// to.
    private var later: [Module.ConstantExpression] = []

    init(module: Module, features: Features) {
        self.module = module
        self.features = features
    }

    mutating func validate() throws(ModuleError) {
        // A global sees those before it. The functions referenced here may be named by `ref.func` in bodies.
        for (index, global) in module.globals.enumerated() {
            if let initializer = global.initializer { try check(initializer, globalCount: index) }
        }
        // A table's initial value may be that of an imported global only.
        for table in module.tables.dropFirst(module.importedTableCount) {
            if let initializer = table.initializer {
                try check(initializer, globalCount: module.importedGlobalCount)
            } else if table.type.element.isNonNull {
                throw invalid("type mismatch: a table of \(table.type.element) has an initial value", at: table.offset)
            }
        }
        try exports()
        if let start = module.start {
            guard start < module.functions.count else {
                throw invalid("unknown function \(start)", at: module.startOffset)
            }
            let type = module.type(ofFunction: start)
            guard type.parameters.isEmpty, type.results.isEmpty else {
                throw invalid("start function must have type [] -> []", at: module.startOffset)
            }
        }
        for segment in module.elementSegments { try check(segment) }
        for segment in module.dataSegments {
            guard case .active(let memory, let offset) = segment.mode else { continue }
            guard memory < module.memories.count else {
                throw invalid("unknown memory \(memory)", at: offset.range.lowerBound)
            }
            try check(offset)
        }
        if later.isEmpty { return }
        var reader = FunctionBodyReader(module: module, features: features)
        for expression in later {
            reader.open(expression)
            try reader.finish()
        }
    }

    private func invalid(_ message: String, at offset: Int) -> ModuleError {
        ModuleError(.invalid, message, offset: offset)
    }

    private mutating func exports() throws(ModuleError) {
        // By bytes: Unicode calls some names equal that differ.
        var seen: Set<[UInt8]> = []
        for export in module.exports {
            guard seen.insert(Array(export.name.utf8)).inserted else {
                throw invalid("duplicate export name \"\(export.name)\"", at: export.offset)
            }
            let (count, what) =
                switch export.kind {
                case .function: (module.functions.count, "function")
                case .table: (module.tables.count, "table")
                case .memory: (module.memories.count, "memory")
                case .global: (module.globals.count, "global")
                case .tag: (module.tags.count, "tag")
                }
            guard export.index < count else { throw invalid("unknown \(what) \(export.index)", at: export.offset) }
            if export.kind == .function { module.functions[export.index].isReferenced = true }
        }
    }

    private mutating func check(_ segment: Module.ElementSegment) throws(ModuleError) {
        if case .active(let table, let offset) = segment.mode {
            guard table < module.tables.count else {
                throw invalid("unknown table \(table)", at: offset.range.lowerBound)
            }
            let element = module.tables[table].type.element
            guard segment.type.matches(element, in: module.definedTypes) else {
                throw invalid(
                    "type mismatch: a segment of \(segment.type) for a table of \(element)", at: offset.range.lowerBound
                )
            }
            try check(offset)
        }
        switch segment.items {
        case .functions(let indices):
            for index in indices { try reference(Int(index), at: segment.offset) }
        case .expressions(let expressions):
            for expression in expressions { try check(expression) }
        }
    }

    private mutating func reference(_ function: Int, at offset: Int) throws(ModuleError) {
        guard function < module.functions.count else { throw invalid("unknown function \(function)", at: offset) }
        module.functions[function].isReferenced = true
    }

    /// Specification: "Constant Expressions".
    ///
    /// - Parameter globalCount: the globals that the expression may read; `nil` for all of them.
    private mutating func check(
        _ expression: Module.ConstantExpression, globalCount: Int? = nil
    ) throws(ModuleError) {
        var reader = ByteReader(module.bytes, expression.range, features: features)
        defer { module.features.formUnion(reader.used) }
        var stack: [ValueType] = []
        var makesObjects = false
        while true {
            let instruction = try reader.instruction()
            switch instruction.opcode {
            case .structNew, .structNewDefault, .arrayNew, .arrayNewDefault, .arrayNewFixed, .refI31,
                .anyConvertExtern, .externConvertAny:
                makesObjects = true
            case .end where makesObjects:
                later.append(expression)
                return
            case .end:
                guard stack.matches([expression.type], in: module.definedTypes) else {
                    throw invalid(
                        """
                        type mismatch: expected \(expression.type), found \
                        [\(stack.map(\.description).joined(separator: " "))]
                        """,
                        at: instruction.offset)
                }
                return
            case .i32Const, .i64Const, .f32Const, .f64Const, .v128Const:
                stack.append(instruction.opcode.row.operandType)
            case .refNull: stack.append(instruction.immediates.valueType)
            case .refFunc:
                let index = Int(instruction.immediates.index)
                try reference(index, at: instruction.offset)
                stack.append(.reference(to: .defined(module.functions[index].typeIndex), isNullable: false))
            case .globalGet:
                let index = Int(instruction.immediates.index)
                guard index < globalCount ?? module.globals.count else {
                    throw invalid("unknown global \(index)", at: instruction.offset)
                }
                guard !module.globals[index].type.isMutable else {
                    throw invalid("constant expression required: global \(index) is mutable", at: instruction.offset)
                }
                if index >= module.importedGlobalCount {
                    try reader.require(
                        .extendedConst, "global.get of a global that is not imported", at: instruction.offset)
                }
                stack.append(module.globals[index].type.value)
            case .i32Add, .i32Sub, .i32Mul, .i64Add, .i64Sub, .i64Mul:
                try reader.require(
                    .extendedConst, "\(instruction.opcode.row.name) in a constant expression", at: instruction.offset)
                let type = instruction.opcode.row.operandType
                // Of an expression that makes objects not all operands are known here.
                let isRight = makesObjects || stack.popLast() == type && stack.last == type
                guard isRight else {
                    throw invalid(
                        "type mismatch: \(instruction.opcode.row.name) takes two \(type)", at: instruction.offset)
                }
            default:
                throw invalid("constant expression required: \(instruction.opcode.row.name)", at: instruction.offset)
            }
        }
    }
}

/// Reads the instructions of a validated constant expression. Specification: "Constant Expressions".
public struct ConstantExpressionReader {
    private var reader: ByteReader

    /// Validates a constant expression of the module as it reads.
    public init(module: Module, expression: Module.ConstantExpression) {
        reader = ByteReader(module.bytes, expression.range)
    }

    /// The next instruction; `nil` after the last, whose `end` is not delivered.
    public mutating func next() -> Instruction? {
        guard let instruction = try? reader.instruction(), instruction.opcode != .end else { return nil }
        return instruction
    }
}
