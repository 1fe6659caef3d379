/// What validating the bodies of functions brings to light. With it a module whose bodies are known to be valid is
/// decoded without reading them.
package struct BodyFacts: Sendable, Hashable {
    /// What the module uses, in bodies and elsewhere.
    package var features: Features = []
    /// The functions that make tail calls.
    package var tailCallers: Set<Int> = []
    /// The tables that instructions change.
    package var modifiedTables: Set<Int> = []
    /// Where those instructions `try` are whose exceptions are thrown again.
    package var rethrowingTries: Set<Int> = []
    /// A call takes or returns a reference to an exception.
    package var handsOnExceptions = false

    package init() {}

    fileprivate mutating func formUnion(_ other: BodyFacts) {
        features.formUnion(other.features)
        tailCallers.formUnion(other.tailCallers)
        modifiedTables.formUnion(other.modifiedTables)
        rethrowingTries.formUnion(other.rethrowingTries)
        handsOnExceptions = handsOnExceptions || other.handsOnExceptions
    }
}

extension Module {
    /// Decodes a module whose bodies were found valid before, by this build: `facts` are the ``bodyFacts`` of then.
    ///
    /// - Throws: ``ModuleError``
    package init(bytes: [UInt8], features: Features, knownValid facts: BodyFacts) throws(ModuleError) {
        guard facts.features.isSubset(of: features) else {
            // Which instruction is refused shows when it is read.
            try self.init(bytes: bytes, features: features)
            return
        }
        try self.init(withoutBodies: bytes, features: features)
        take(facts)
    }

    /// Decodes and validates a module, with the bodies in parts of about the same size.
    ///
    /// - Parameter map: what the function gives for each number below the first parameter, in order; on several threads
    ///   maybe.
    /// - Throws: ``ModuleError``, the same as for the bodies one after the other.
    package init(
        bytes: [UInt8], features: Features, partCount: Int,
        _ map: (Int, @escaping @Sendable (Int) -> Result<BodyFacts, ModuleError>) -> [Result<BodyFacts, ModuleError>]
    ) throws(ModuleError) {
        try self.init(withoutBodies: bytes, features: features)
        let (module, parts) = (self, bodyParts(partCount))
        let results = map(parts.count) { index in
            Result { () throws(ModuleError) in try module.validateBodies(parts[index], features) }
        }
        var facts = BodyFacts()
        for result in results { facts.formUnion(try result.get()) }
        take(facts)
    }

    /// What is known after validation.
    package var bodyFacts: BodyFacts {
        var facts = BodyFacts()
        facts.features = features
        facts.tailCallers = Set(functions.indices.filter { functions[$0].makesTailCalls })
        facts.modifiedTables = Set(tables.indices.filter { tables[$0].isModified })
        facts.rethrowingTries = rethrowingTries
        facts.handsOnExceptions = handsOnExceptions
        return facts
    }

    mutating func take(_ facts: BodyFacts) {
        features.formUnion(facts.features)
        for index in facts.tailCallers where functions.indices.contains(index) {
            functions[index].makesTailCalls = true
        }
        for index in facts.modifiedTables where tables.indices.contains(index) { tables[index].isModified = true }
        rethrowingTries = facts.rethrowingTries
        handsOnExceptions = facts.handsOnExceptions || declaresExceptionReferences
    }

    /// - Throws: ``ModuleError`` of the first function that is not valid.
    func validateBodies(_ indices: Range<Int>, _ features: Features) throws(ModuleError) -> BodyFacts {
        var reader = FunctionBodyReader(module: self, features: features)
        var facts = BodyFacts()
        for index in indices {
            reader.reader.used = []
            do {
                try reader.open(functionIndex: index)
                try reader.finish()
            } catch {
                throw error.located(inFunction: index)
            }
            if reader.hasTailCall { facts.tailCallers.insert(index) }
            facts.features.formUnion(reader.reader.used)
        }
        facts.modifiedTables = reader.modifiedTables
        facts.rethrowingTries = reader.rethrowingTries
        facts.handsOnExceptions = reader.handsOnExceptions
        return facts
    }

    var definedFunctions: Range<Int> { importedFunctionCount..<functions.count }

    private func bodyParts(_ count: Int) -> [Range<Int>] {
        let byteCount = definedFunctions.reduce(0) { $0 + (functions[$1].body?.count ?? 0) }
        var parts: [Range<Int>] = []
        var (start, offset) = (importedFunctionCount, 0)
        for index in definedFunctions {
            offset += functions[index].body?.count ?? 0
            guard offset * count >= byteCount * (parts.count + 1) else { continue }
            parts.append(start..<index + 1)
            start = index + 1
        }
        if start < functions.count { parts.append(start..<functions.count) }
        return parts
    }
}
