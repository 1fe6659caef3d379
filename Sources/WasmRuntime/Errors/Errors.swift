internal import CRuntime
public import Wasm

/// A guest asked to end, or a host function ends it: the call stops and this arrives at the caller. Zero is an exit
/// too.
///
/// ```swift
/// imports.define("env", "log") { (value: Int32) throws in throw ExitCode(value) }
/// let instance = try program.instantiate(imports: imports)
/// do { try instance.function("run").call() } catch let exit as ExitCode { print("exit", exit.code) }
/// ```
public struct ExitCode: Error, Hashable, Sendable, CustomStringConvertible {
    /// Signed, as C's `exit` takes it: a guest's 0xFFFFFFFF is -1.
    public var code: Int32
    /// A program's exit with this code.
    public init(_ code: Int32) { self.code = code }
    /// What a process that ends with this code tells its parent: the lowest 8 bits, 0 to 255.
    public var status: Int32 { code & 0xFF }
    /// The code is zero.
    public var isSuccess: Bool { code == 0 }
    /// The code.
    public var description: String { "\(code)" }
}

/// The guest did what the specification forbids; its call stopped there. The instance stays usable.
///
/// ```swift
/// do { try instance.function("fail").call() } catch let trap as Trap {
///     print(trap.reason, "in", trap.backtrace?.innermost.first?.functionName ?? "?")
/// }
/// ```
public struct Trap: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why an instruction trapped.
    public enum Reason: String, Sendable, CaseIterable {
        /// `unreachable` was reached.
        case unreachable = "unreachable"
        /// An access beyond the end of a memory.
        case memoryOutOfBounds = "out of bounds memory access"
        /// An access beyond the end of a table.
        case tableOutOfBounds = "out of bounds table access"
        /// An indirect call beyond the end of a table.
        case undefinedElement = "undefined element"
        /// An indirect call of a null element.
        case uninitializedElement = "uninitialized element"
        /// An indirect call of a function of another type.
        case indirectCallTypeMismatch = "indirect call type mismatch"
        /// An integer was divided by zero.
        case integerDivideByZero = "integer divide by zero"
        /// A quotient or a converted float that its integer type does not hold.
        case integerOverflow = "integer overflow"
        /// A NaN was converted to an integer.
        case invalidConversionToInteger = "invalid conversion to integer"
        /// Calls nest too deep: see ``Engine/Options``.
        case stackOverflow = "call stack exhausted"
        /// A null reference where there must be another.
        case nullReference = "null reference"
        /// A call of a null reference.
        case nullFunctionReference = "null function reference"
        /// A field of a null reference.
        case nullStructureReference = "null structure reference"
        /// An element of a null reference.
        case nullArrayReference = "null array reference"
        /// The integer of a null reference.
        case nullI31Reference = "null i31 reference"
        /// An atomic access whose address is no multiple of its width.
        case unalignedAtomic = "unaligned atomic"
        /// `memory.atomic.wait` on a memory of one store, where nobody could notify.
        case expectedSharedMemory = "expected shared memory"
        /// A reference was cast to a type that it is not of.
        case castFailure = "cast failure"
        /// An element beyond the end of an array.
        case arrayOutOfBounds = "out of bounds array access"
        /// A struct or array that the store had no room for, even after everything was freed that could be.
        case outOfHeap = "out of heap"
        /// References to exceptions take more memory than a store's guests may have for them.
        case tooManyExceptions = "too many exceptions"
    }

    /// Why it trapped.
    public var reason: Reason
    /// Where the guest was; `nil` when none of its functions ran. Equality and description leave it out.
    public internal(set) var backtrace: Backtrace?
    /// Which limit was reached when the stack was exhausted; `nil` for the end of the thread's own stack.
    public internal(set) var stackLimit: StackLimit?
    /// Why the store had no room for an object; `nil` when the object would fit no heap.
    public internal(set) var heapRefusal: String?
    /// The reason in the words of the specification.
    public var description: String {
        let limit = (stackLimit?.description ?? heapRefusal).map { ": \($0)" } ?? ""
        return "wasm trap: \(reason.rawValue)\(limit)"
    }

    /// Traps are equal if their reasons are, wherever they happened.
    public static func == (left: Trap, right: Trap) -> Bool { left.reason == right.reason }
    /// The reason alone, as for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(reason) }

    /// A trap of the host's own, for host functions to throw.
    public init(_ reason: Reason) { self.reason = reason }

    init?(_ outcome: wasmc_outcome) {
        switch outcome {
        case WASMC_TRAP_UNREACHABLE: reason = .unreachable
        case WASMC_TRAP_MEMORY_OUT_OF_BOUNDS: reason = .memoryOutOfBounds
        case WASMC_TRAP_TABLE_OUT_OF_BOUNDS: reason = .tableOutOfBounds
        case WASMC_TRAP_UNDEFINED_ELEMENT: reason = .undefinedElement
        case WASMC_TRAP_UNINITIALIZED_ELEMENT: reason = .uninitializedElement
        case WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH: reason = .indirectCallTypeMismatch
        case WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO: reason = .integerDivideByZero
        case WASMC_TRAP_INTEGER_OVERFLOW: reason = .integerOverflow
        case WASMC_TRAP_INVALID_CONVERSION_TO_INTEGER: reason = .invalidConversionToInteger
        case WASMC_TRAP_STACK_OVERFLOW: reason = .stackOverflow
        case WASMC_TRAP_NULL_REFERENCE: reason = .nullReference
        case WASMC_TRAP_NULL_FUNCTION_REFERENCE: reason = .nullFunctionReference
        case WASMC_TRAP_NULL_STRUCTURE: reason = .nullStructureReference
        case WASMC_TRAP_NULL_ARRAY: reason = .nullArrayReference
        case WASMC_TRAP_NULL_I31: reason = .nullI31Reference
        case WASMC_TRAP_UNALIGNED_ATOMIC: reason = .unalignedAtomic
        case WASMC_TRAP_EXPECTED_SHARED_MEMORY: reason = .expectedSharedMemory
        case WASMC_TRAP_CAST_FAILURE: reason = .castFailure
        case WASMC_TRAP_ARRAY_OUT_OF_BOUNDS: reason = .arrayOutOfBounds
        case WASMC_TRAP_OUT_OF_HEAP: reason = .outOfHeap
        case WASMC_TRAP_TOO_MANY_EXCEPTIONS: reason = .tooManyExceptions
        default: return nil
        }
    }
}

/// Why a module could not be instantiated with these imports.
public enum LinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing was defined under an import's names.
    case unknownImport(module: String, name: String, expected: ExternalType)
    /// What was defined has another type.
    case incompatibleImportType(module: String, name: String, expected: ExternalType, found: ExternalType)
    /// Two imports, or an import and the store named, belong to different stores.
    case differentStores(module: String, name: String)
    /// Of two modules whose instances would live in one store, the calls of one can be stopped in this way, and those
    /// of the other cannot: a call that gets there, by an import, a table or a reference, would outrun its deadline or
    /// its points.
    case stoppability(StopKind, can: String, cannot: String)
    /// Memory or address space for the instance could not be allocated.
    case resources(String)
    /// A type has an index, and no module of this process has a type by it.
    case unknownType(ValueType)

    /// What the module needs and what there is instead, for people.
    public var description: String {
        switch self {
        case .unknownImport(let module, let name, let expected):
            """
            unknown import: the module needs \(module.quoted) \(name.quoted), \(expected.phrase), and nothing is \
            defined there
            """
        case .incompatibleImportType(let module, let name, let expected, let found):
            """
            incompatible import type: the module needs \(module.quoted) \(name.quoted) to be \(expected.phrase), but \
            it is \(found.phrase)
            """
        case .differentStores(let module, let name):
            "\(module.quoted) \(name.quoted) belongs to another store: things that are linked live in one store"
        case .stoppability(let kind, let can, let cannot):
            """
            code that \(kind.phrase) was to be linked with code that is not: \(can) is, but not \(cannot); \
            set \(kind.option) for both and compile again, or keep them in different stores
            """
        case .resources(let message): "the module could not be instantiated: \(message)"
        case .unknownType(let type): "\(type) names a type by an index that no module of this process has"
        }
    }
}

/// The host used the embedding API in a way that cannot work.
public enum UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The instance exports nothing of this name and kind.
    case noSuchExport(String)
    /// Something has another type than it was used with.
    case typeMismatch(expected: String, found: String)
    /// Something, which the text names, belongs to another store than what it was to be used with.
    case otherStore(String)
    /// A guest gave a number that stands for no value of a Swift type: see ``WasmConvertible``.
    case noValue(type: String, number: String)
    /// An argument that has no meaning, which the text names.
    case invalidArgument(String)
    /// A range beyond the end of a memory or table.
    case outOfBounds(offset: UInt64, count: UInt64, size: UInt64)
    /// A global that cannot be set.
    case immutableGlobal
    /// A field of a struct, or the elements of an array, of which instructions may not set any either.
    case immutableField
    /// A memory or table that cannot grow so far: its own maximum, or no memory left.
    case growRefused
    /// A limit of the store, which the text names, or its delegate.
    case limitReached(String)
    /// A call with a deadline or a handle of code that was compiled without ``Engine/Options/isInterruptible``.
    case notInterruptible
    /// An asynchronous host function was called by a guest that cannot be suspended: one that was called synchronously,
    /// or from a host function that an asynchronous call led to.
    case cannotSuspend
    /// The guest of an asynchronous call has yielded, and is between two of its instructions: until that call has
    /// ended, or its guest waits for a host function, the store takes no synchronous calls, and what it holds does not
    /// grow.
    case storeInUse
    /// A memory was to grow whose bytes are borrowed: see ``Memory/withBytes(at:byteCount:_:)``.
    case bytesInUse
    /// No memory is left for the stack of an asynchronous call.
    case noStack(byteCount: Int)
    /// The thread that waits for deadlines could not be started.
    case noTimer

    /// What the host did that cannot work, for people.
    public var description: String {
        switch self {
        case .noSuchExport(let name): "the instance has no such export: \(name.shown)"
        case .typeMismatch(let expected, let found): "expected \(expected), found \(found)"
        case .otherStore(let thing):
            "\(thing) of another store cannot be used here: make it, or get it from an instance, in the same store"
        case .noValue(let type, let number): "no \(type) has the number \(number), which the guest gave"
        case .invalidArgument(let problem): problem
        case .outOfBounds(let offset, let count, let size):
            "\(count) at \(offset) lie beyond the end, which is at \(size)"
        case .immutableGlobal: "the global is immutable"
        case .immutableField: "the object's field is immutable"
        case .notInterruptible:
            "the code cannot be interrupted: set Engine.Options.isInterruptible and compile it again"
        case .cannotSuspend:
            """
            the guest cannot wait for an asynchronous host function here: call it with callAsync, and not through \
            another host function
            """
        case .storeInUse:
            """
            the store is in use: the guest of an asynchronous call has yielded between two instructions; await that \
            call, or use callAsync, which waits
            """
        case .bytesInUse: "the memory cannot grow while its bytes are borrowed: let withBytes return first"
        case .noStack(let byteCount): "no memory is left for a stack of \(byteCount.counted("byte"))"
        case .noTimer: "the thread that waits for deadlines could not be started"
        case .limitReached(let limit): limit
        case .growRefused: "growing was refused: the maximum is reached or no memory is left"
        }
    }
}

extension ExternalType {
    /// For messages: "a function [i32] -> []".
    package var phrase: String {
        switch self {
        case .function(let type): "a function \(type)"
        case .table(let type):
            "a table of \(type.elements.phrase) \(type.element)\(type.is64Bit ? ", indexed with i64" : "")"
        case .memory(let type):
            """
            a memory of \(type.pages.phrase) \(type.pages.isOne ? "page" : "pages")\
            \(type.hasBytePages ? " of one byte" : "")\(type.is64Bit ? ", addressed with i64" : "")
            """
        case .tag(let type): "a tag \(type)"
        case .global(let type): "\(type.isMutable ? "a mutable" : "an immutable") global \(type.value)"
        }
    }
}

extension Limits {
    fileprivate var phrase: String { isOne ? "1" : maximum.map { "\(minimum) to \($0)" } ?? "\(minimum) or more" }
    /// Of what is counted there is one, and never more.
    fileprivate var isOne: Bool { minimum == 1 && maximum == 1 }
}

extension Limits {
    /// Specification: "Limits" of validation.
    func check(unit: String, most: UInt64) throws(UsageError) {
        if let maximum, maximum < minimum {
            throw .invalidArgument("the minimum of \(minimum) \(unit) is greater than the maximum of \(maximum)")
        }
        guard minimum <= most, maximum ?? 0 <= most else {
            throw .invalidArgument(
                "\(max(minimum, maximum ?? 0)) \(unit) are more than the \(most) that a module may declare")
        }
    }
}
