internal import CRuntime
internal import Wasm

/// Types by their canonical number, which the C runtime gives out.
enum TypeRegistry {
    /// The type of a function that there is.
    static func type(_ number: UInt32) -> FunctionType {
        let description = wasmc_type_describe(number)
        let types = UnsafeBufferPointer(start: description.codes, count: Int(description.code_count))
            .map(ValueType.init(storedCode:))
        let parameterCount = Int(description.parameter_count)
        return FunctionType(
            parameters: Array(types.prefix(parameterCount)), results: Array(types.dropFirst(parameterCount)))
    }
}

/// How types are related whose indices are canonical numbers. The embedder may keep a type for longer than anybody
/// holds its number: such a number is no type's, or another one's, which is then what is asked for.
struct CanonicalTypes: TypeRelation {
    func kind(of type: Int) -> DefinedType.Kind? {
        var kind: UInt8 = 0
        return wasmc_type_kind_of(UInt32(type), &kind) ? DefinedType.Kind(rawValue: kind) : nil
    }

    func isSubtype(_ type: Int, of other: Int) -> Bool {
        wasmc_type_compare(UInt32(type), UInt32(other))
    }
}

extension FunctionType {
    /// The first of its types whose index is nobody's.
    var unknownType: ValueType? {
        (parameters + results).first { type in
            guard case .defined(let index) = type.heapType else { return false }
            return CanonicalTypes().kind(of: index) == nil
        }
    }
}

extension ValueType {
    /// Which of the hierarchies of references it belongs to; `nil` for other types.
    var topType: HeapType? { heapType?.top(in: CanonicalTypes()) }

    /// The type with canonical numbers in place of a module's indices.
    ///
    /// - Parameter numbers: by the module's type index.
    func canonical(_ numbers: UnsafePointer<UInt32>) -> ValueType {
        guard case .defined(let index) = heapType else { return self }
        return .reference(to: .defined(Int(numbers[index])), isNullable: isNullable)
    }
}
