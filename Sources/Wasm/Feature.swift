/// A part of WebAssembly that came after its first version, and that modules can be denied. Rows of the instruction
/// table name the feature that they came with; so do types, flags and sections where they are decoded.
public enum Feature: UInt8, Sendable, CaseIterable {
    /// What every module may use: version 1, several results of functions and blocks, exported globals that change.
    case core

    // Version 2.
    /// Copying and filling memories and tables, and passive segments.
    case bulkMemory
    /// References as values, several tables, and instructions on them.
    case referenceTypes
    /// Conversions of floats to integers that do not trap.
    case saturatingConversions
    /// Extending the sign of the low bits of an integer.
    case signExtension
    /// Vectors of 128 bits.
    case simd

    // Version 3.
    /// Tags, `throw`, `throw_ref` and `try_table`.
    case exceptions
    /// Addition, subtraction and multiplication in constant expressions.
    case extendedConst
    /// Types of references to functions, and calls of them.
    case functionReferences
    /// Structs, arrays, 31-bit integers and casts.
    case gc
    /// Memories and tables with 64-bit addresses.
    case memory64
    /// More than one memory.
    case multiMemory
    /// Vector instructions whose results depend on the processor.
    case relaxedSIMD
    /// Calls that take the place of their caller.
    case tailCall

    // No version yet.
    /// The shorter form of the import section.
    case compactImports
    /// Memories with pages of one byte.
    case customPageSizes
    /// `try`, `catch`, `delegate` and `rethrow`, from before WebAssembly 3.0.
    case legacyExceptions
    /// Continuations. Not built: no module may use them.
    case stackSwitching
    /// Shared memories and atomic instructions.
    case threads
    /// Additions and multiplications of 128 bits.
    case wideArithmetic

    /// The name in `--features`, as tools for WebAssembly spell it.
    public var name: String {
        switch self {
        case .core: "core"
        case .bulkMemory: "bulk-memory"
        case .referenceTypes: "reference-types"
        case .saturatingConversions: "saturating-float-to-int"
        case .signExtension: "sign-extension"
        case .simd: "simd"
        case .exceptions: "exceptions"
        case .extendedConst: "extended-const"
        case .functionReferences: "function-references"
        case .gc: "gc"
        case .memory64: "memory64"
        case .multiMemory: "multi-memory"
        case .relaxedSIMD: "relaxed-simd"
        case .tailCall: "tail-call"
        case .compactImports: "compact-imports"
        case .customPageSizes: "custom-page-sizes"
        case .legacyExceptions: "legacy-exceptions"
        case .stackSwitching: "stack-switching"
        case .threads: "threads"
        case .wideArithmetic: "wide-arithmetic"
        }
    }

    /// What a person calls it.
    public var title: String {
        switch self {
        case .core: "the core of WebAssembly"
        case .bulkMemory: "bulk memory operations"
        case .referenceTypes: "reference types"
        case .saturatingConversions: "saturating conversions"
        case .signExtension: "sign extension"
        case .simd: "SIMD"
        case .exceptions: "exception handling"
        case .extendedConst: "extended constant expressions"
        case .functionReferences: "typed function references"
        case .gc: "garbage collection"
        case .memory64: "64-bit memories and tables"
        case .multiMemory: "several memories"
        case .relaxedSIMD: "relaxed SIMD"
        case .tailCall: "tail calls"
        case .compactImports: "compact imports"
        case .customPageSizes: "custom page sizes"
        case .legacyExceptions: "legacy exception handling"
        case .stackSwitching: "stack switching"
        case .threads: "threads"
        case .wideArithmetic: "wide arithmetic"
        }
    }

    /// Why a module that needs the feature is refused: it is not built, or it is off. The one wording of all refusals;
    /// it fits titles in the singular and in the plural.
    ///
    /// - Parameter what: what in the module needs the feature.
    public func refusal(of what: String? = nil) -> String {
        let place = what.map { " (\($0))" } ?? ""
        return Features.implemented.contains(self)
            ? "\(title): this feature is off\(place); --features \(name) turns it on"
            : "\(title): this feature is not supported\(place)"
    }
}

extension ModuleError {
    /// - Parameter what: what in the module needs the feature.
    init(needs feature: Feature, _ what: String? = nil, offset: Int) {
        self.init(.unsupported, feature.refusal(of: what), offset: offset)
    }
}
