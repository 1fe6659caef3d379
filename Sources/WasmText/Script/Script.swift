public import Wasm

/// A test script: what a `.wast` file says. Specification repository: "Scripts".
public struct Script: Sendable {
    /// The commands in their order.
    public var commands: [Command]

    /// One of a script's commands.
    public struct Command: Sendable {
        /// Counted from 1.
        public var line: Int
        /// The first line of the command's text.
        public var text: String
        /// What it does.
        public var kind: Kind
    }

    /// What commands do.
    public enum Kind: Sendable {
        /// Defines a module and instantiates it.
        case module(ModuleText)
        /// Defines a module without instantiating it.
        case definition(ModuleText)
        /// Instantiates a definition, or the latest one.
        case instance(identifier: String?, definition: String?)
        /// Makes an instance's exports importable under a name.
        case register(name: String, instance: String?)
        /// Does something and expects nothing.
        case action(Action)
        /// The action returns these results.
        case assertReturn(Action, [ResultPattern])
        /// The action traps.
        case assertTrap(Action, message: String)
        /// Instantiating the module traps.
        case assertInstantiationTrap(ModuleText, message: String)
        /// The action exhausts the stack.
        case assertExhaustion(Action, message: String)
        /// The action throws an exception of the guest.
        case assertException(Action)
        /// The module does not validate.
        case assertInvalid(ModuleText, message: String)
        /// The module does not decode.
        case assertMalformed(ModuleText, message: String)
        /// The module cannot be linked.
        case assertUnlinkable(ModuleText, message: String)
        /// The command needs a feature that is not built.
        case unsupported(feature: String)
        /// The command does not follow the grammar of scripts.
        case unreadable(TextError)
    }

    /// A module within a script. That it does not parse concerns only the command that it is in.
    public struct ModuleText: Sendable {
        /// The module's identifier in the script, with its `$`.
        public var identifier: String?
        /// The module in the binary format, or what is wrong with its text.
        public var assembled: Result<AssembledModule, TextError>
        /// The module was given as text: a decoder that refuses its bytes found it malformed all the same.
        public var isText: Bool

        /// The module in the binary format.
        public var bytes: Result<[UInt8], TextError> { assembled.map(\.bytes) }

        /// Decodes and validates the module.
        ///
        /// - Parameter features: what the module may use.
        /// - Throws: ``TextError``, located in the script.
        public func module(features: Features = .standard) throws(TextError) -> Module {
            let assembled = try assembled.get()
            do {
                return try Module(bytes: assembled.bytes, features: features)
            } catch {
                throw assembled.located(error)
            }
        }
    }

    /// What an assertion is about.
    public enum Action: Sendable {
        /// A call of an exported function.
        case invoke(instance: String?, name: String, arguments: [ScriptValue])
        /// The value of an exported global.
        case get(instance: String?, name: String)
    }
}

/// A value in a script; floats by their bits.
public enum ScriptValue: Hashable, Sendable {
    /// An integer of 32 bits.
    case i32(UInt32)
    /// An integer of 64 bits.
    case i64(UInt64)
    /// The bits of a float of 32 bits.
    case f32(UInt32)
    /// The bits of a float of 64 bits.
    case f64(UInt64)
    /// The halves of a vector.
    case v128(low: UInt64, high: UInt64)
    /// A null reference of this type.
    case null(ValueType)
    /// A reference to the host's object of this number.
    case externReference(UInt32)
    /// A reference to some function.
    case functionReference
    /// A reference to some exception.
    case exceptionReference
    /// The host's object of this number among the guest's own.
    case hostReference(UInt32)
    /// A reference to something of the guest's own.
    case object(ObjectKind)
    /// A guest's own, given to the host.
    case externObject
}

/// What a reference of a guest's own is to.
public enum ObjectKind: String, Hashable, Sendable {
    /// An integer of 31 bits.
    case i31
    /// A struct.
    case structure = "struct"
    /// An array.
    case array
}

/// What a result must be.
public enum ResultPattern: Hashable, Sendable {
    /// This very value.
    case value(ScriptValue)
    /// A float of 32 bits.
    case f32(FloatPattern)
    /// A float of 64 bits.
    case f64(FloatPattern)
    /// Float lanes: 4 of 32 bits or 2 of 64.
    case lanes([FloatPattern], bitCount: Int)
    /// A null reference of any type.
    case null
    /// A reference to any of the host's objects.
    case anyExternReference
    /// A reference to any of the guest's own.
    case anyObject
    /// What references can be compared by.
    case anyComparable
    /// One of these.
    case either([ResultPattern])
}

/// What a float must be. Specification: "NaN Propagation".
public enum FloatPattern: Hashable, Sendable {
    /// These bits.
    case bits(UInt64)
    /// A NaN whose payload is only the highest bit, of either sign.
    case canonicalNaN
    /// A NaN whose payload has the highest bit, of either sign.
    case arithmeticNaN

    /// Is a float of `bitCount` bits what the pattern asks for?
    public func matches(_ bits: UInt64, bitCount: Int) -> Bool {
        let quiet: UInt64 = bitCount == 32 ? 0x7FC0_0000 : 0x7FF8_0000_0000_0000
        let magnitude = bits & (bitCount == 32 ? 0x7FFF_FFFF : 0x7FFF_FFFF_FFFF_FFFF)
        return switch self {
        case .bits(let expected): bits == expected
        case .canonicalNaN: magnitude == quiet
        case .arithmeticNaN: magnitude & quiet == quiet
        }
    }
}

extension ResultPattern {
    /// Is `value` what the pattern asks for?
    public func matches(_ value: ScriptValue) -> Bool {
        switch (self, value) {
        // Which of its types a null has is nothing that values say.
        case (.value(.null), .null): true
        case (.value(let expected), _): expected == value
        case (.f32(let pattern), .f32(let bits)): pattern.matches(UInt64(bits), bitCount: 32)
        case (.f64(let pattern), .f64(let bits)): pattern.matches(bits, bitCount: 64)
        case (.lanes(let patterns, 32), .v128(let low, let high)):
            zip(patterns, [low & 0xFFFF_FFFF, low >> 32, high & 0xFFFF_FFFF, high >> 32])
                .allSatisfy { $0.matches($1, bitCount: 32) }
        case (.lanes(let patterns, _), .v128(let low, let high)):
            zip(patterns, [low, high]).allSatisfy { $0.matches($1, bitCount: 64) }
        case (.null, .null), (.anyExternReference, .externReference), (.anyExternReference, .externObject): true
        case (.anyObject, .object), (.anyObject, .hostReference), (.anyComparable, .object): true
        case (.either(let patterns), _): patterns.contains { $0.matches(value) }
        case (.f32, _), (.f64, _), (.lanes, _), (.null, _), (.anyExternReference, _), (.anyObject, _),
            (.anyComparable, _):
            false
        }
    }
}
