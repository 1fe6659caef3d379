internal import CRuntime
import Wasm

/// Where the parts of a struct or an array are, in bytes from the object's start. The runtime lays out its
/// descriptors by the same rule, `wasmc_place_field`.
struct ObjectLayout {
    struct Field {
        let offset: Int
        let type: FieldType
        let storage: Storage
    }

    /// How a field is held.
    enum Storage {
        case i8, i16
        /// As operands are.
        case value
        /// A reference to something of the guest's own, in 32 bits.
        case object
        /// A reference that may be to something of the guest's own, in 64 bits.
        case external
        /// A function's number, in 64 bits.
        case function
        /// A reference to an exception.
        case exception
    }

    /// Of a struct.
    let fields: [Field]
    /// Of an array.
    let element: Field?
    /// A struct's size; in an array, what stands in front of the first element.
    let byteCount: Int

    init(_ type: Int, of module: Module) {
        let definition = module.definedTypes.definitions[type]
        func storage(_ field: FieldType) -> Storage {
            switch field.storage {
            case .i8: return .i8
            case .i16: return .i16
            case .value(let type):
                guard let top = type.heapType?.top(in: module.definedTypes) else { return .value }
                switch top {
                case .any: return .object
                case .external: return .external
                case .function: return .function
                case .exception: return .exception
                case .eq, .i31, .structure, .array, .none, .noFunction, .noExternal, .noException, .defined:
                    return .value
                }
            }
        }
        var end = UInt32(MemoryLayout<UInt32>.size)
        if definition.kind == .array { end += UInt32(MemoryLayout<UInt32>.size) }
        let places = definition.fields.map { field in
            let storage = storage(field)
            let byteCount = Self.byteCount(field, storage)
            let offset = wasmc_place_field(end, UInt32(byteCount))
            end = offset + UInt32(byteCount)
            return Field(offset: Int(offset), type: field, storage: storage)
        }
        fields = definition.kind == .structure ? places : []
        element = definition.kind == .array ? places.first : nil
        byteCount = element?.offset ?? Self.roundedUp(Int(end))
    }

    static func roundedUp(_ byteCount: Int) -> Int {
        let alignment = Int(WASMC_OBJECT_ALIGNMENT)
        return (byteCount + alignment - 1) / alignment * alignment
    }

    static func byteCount(_ field: FieldType, _ storage: Storage) -> Int {
        switch storage {
        case .i8: return 1
        case .i16: return 2
        case .object: return 4
        case .external, .function, .exception: return 8
        case .value:
            switch field.value.representation {
            case .i32, .f32: return 4
            case .i64, .f64, .reference: return 8
            case .v128: return 16
            }
        }
    }
}
