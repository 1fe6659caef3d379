internal import CRuntime

/// A runtime function that generated code calls through the instance: its place in `wasmc_builtins` and its type.
struct Builtin {
    enum Kind { case i32, i64, none }

    let field: PartialKeyPath<wasmc_builtins>
    /// The parameters after the instance.
    let parameters: [Kind]
    let result: Kind

    var offset: Int { fieldOffset(field) }

    static var initialize: Builtin { .init(field: \.initialize, parameters: [], result: .none) }
    static var trap: Builtin { .init(field: \.trap, parameters: [.i32], result: .none) }
    static var memoryGrow: Builtin { .init(field: \.memory_grow, parameters: [.i32, .i64], result: .i64) }
    static var memoryInitialize: Builtin {
        .init(field: \.memory_init, parameters: [.i32, .i32, .i64, .i64, .i64], result: .none)
    }
    static var memoryCopy: Builtin {
        .init(field: \.memory_copy, parameters: [.i32, .i32, .i64, .i64, .i64], result: .none)
    }
    static var memoryFill: Builtin {
        .init(field: \.memory_fill, parameters: [.i32, .i64, .i32, .i64], result: .none)
    }
    static var dataDrop: Builtin { .init(field: \.data_drop, parameters: [.i32], result: .none) }
    static var tableGrow: Builtin { .init(field: \.table_grow, parameters: [.i32, .i64, .i64], result: .i64) }
    static var tableFill: Builtin { .init(field: \.table_fill, parameters: [.i32, .i64, .i64, .i64], result: .none) }
    static var tableCopy: Builtin {
        .init(field: \.table_copy, parameters: [.i32, .i32, .i64, .i64, .i64], result: .none)
    }
    static var tableInitialize: Builtin {
        .init(field: \.table_init, parameters: [.i32, .i32, .i64, .i64, .i64], result: .none)
    }
    static var elementDrop: Builtin { .init(field: \.element_drop, parameters: [.i32], result: .none) }
    static var stackCheckFailed: Builtin { .init(field: \.stack_check_failed, parameters: [.i64], result: .none) }
    static var mayGoOn: Builtin { .init(field: \.may_go_on, parameters: [], result: .i32) }
    static var atomicWait: Builtin {
        .init(field: \.atomic_wait, parameters: [.i32, .i64, .i64, .i64, .i64, .i32], result: .i32)
    }
    static var atomicNotify: Builtin {
        .init(field: \.atomic_notify, parameters: [.i32, .i64, .i64, .i32], result: .i32)
    }
    static var isSubtype: Builtin { .init(field: \.is_subtype, parameters: [.i32, .i32], result: .i32) }
    static var isObjectSubtype: Builtin {
        .init(field: \.is_object_subtype, parameters: [.i32, .i32], result: .i32)
    }
    /// The object's address.
    static var allocateStruct: Builtin { .init(field: \.allocate_struct, parameters: [.i32], result: .i64) }
    static var allocateArray: Builtin { .init(field: \.allocate_array, parameters: [.i32, .i32], result: .i64) }
    static var remember: Builtin { .init(field: \.remember, parameters: [.i64], result: .none) }
    /// References to the new arrays.
    static var arrayNewData: Builtin {
        .init(field: \.array_new_data, parameters: [.i32, .i32, .i32, .i32], result: .i64)
    }
    static var arrayNewElements: Builtin {
        .init(field: \.array_new_elements, parameters: [.i32, .i32, .i32, .i32], result: .i64)
    }
    static var arrayFill: Builtin {
        .init(field: \.array_fill, parameters: [.i64, .i32, .i64, .i64, .i32], result: .none)
    }
    static var arrayCopy: Builtin {
        .init(field: \.array_copy, parameters: [.i64, .i32, .i64, .i32, .i32], result: .none)
    }
    static var arrayInitializeData: Builtin {
        .init(field: \.array_init_data, parameters: [.i64, .i32, .i32, .i32, .i32], result: .none)
    }
    static var arrayInitializeElements: Builtin {
        .init(field: \.array_init_elements, parameters: [.i64, .i32, .i32, .i32, .i32], result: .none)
    }
    /// The reference among the guest's own for one to something of the host's.
    static var internalize: Builtin { .init(field: \.internalize, parameters: [.i64], result: .i64) }
    /// What objects hold for a function's reference, and back, of the type with a canonical number.
    static var functionNumber: Builtin { .init(field: \.function_number, parameters: [.i64], result: .i64) }
    static var numberedFunction: Builtin {
        .init(field: \.numbered_function, parameters: [.i64, .i32], result: .i64)
    }
    static var knownException: Builtin { .init(field: \.known_exception, parameters: [.i64], result: .i64) }
    static var functionIsHot: Builtin { .init(field: \.function_is_hot, parameters: [.i32], result: .none) }
    /// The references that the function holds, by the address of their array, and how many they are.
    static var exceptionReference: Builtin {
        .init(field: \.exception_reference, parameters: [.i64, .i32], result: .i64)
    }
    static var takeException: Builtin { .init(field: \.take_exception, parameters: [.i64], result: .none) }
    static var exceptionCaught: Builtin { .init(field: \.exception_caught, parameters: [], result: .none) }
    /// An address, or 0.
    static var loopIsHot: Builtin { .init(field: \.loop_is_hot, parameters: [.i32, .i32], result: .i64) }
}
