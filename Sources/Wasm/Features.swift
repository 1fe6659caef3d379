/// A set of features: those that modules may use, or those that a module needs.
public struct Features: SetAlgebra, Hashable, Sendable {
    package private(set) var bits: UInt32 = 0

    package init(bits: UInt32) { self.bits = bits }

    /// What decoder, validator and compiler know. A feature that is not here is refused by its name.
    public static let implemented: Features = [
        .core, .bulkMemory, .referenceTypes, .saturatingConversions, .signExtension, .simd, .compactImports,
        .customPageSizes, .exceptions, .extendedConst, .functionReferences, .gc, .legacyExceptions, .memory64,
        .multiMemory, .relaxedSIMD, .tailCall, .threads, .wideArithmetic,
    ]

    /// What modules may use where nothing else is said: WebAssembly 3.0, and what every engine has beside it.
    public static let standard = wasm3.union([.threads, .legacyExceptions])

    /// Version 2 of WebAssembly.
    public static let wasm2: Features = [
        .core, .bulkMemory, .referenceTypes, .saturatingConversions, .signExtension, .simd,
    ]

    /// Version 3 of WebAssembly. What is not implemented of it is refused by its name.
    public static let wasm3 = wasm2.union([
        .exceptions, .extendedConst, .functionReferences, .gc, .memory64, .multiMemory, .relaxedSIMD, .tailCall,
    ])

    /// Every feature, proposals that may still change among them.
    public static let all = Features(Feature.allCases)

    /// The set has the feature.
    @inline(__always)
    public func contains(_ feature: Feature) -> Bool { bits & Self.bit(feature) != 0 }

    private static func bit(_ feature: Feature) -> UInt32 { 1 << UInt32(feature.rawValue) }

    // MARK: SetAlgebra

    /// The empty set.
    public init() {}

    /// Adds a feature.
    @discardableResult
    public mutating func insert(_ feature: Feature) -> (inserted: Bool, memberAfterInsert: Feature) {
        defer { bits |= Self.bit(feature) }
        return (!contains(feature), feature)
    }

    /// Takes a feature away; the result is `nil` if it was not there.
    @discardableResult
    public mutating func remove(_ feature: Feature) -> Feature? {
        defer { bits &= ~Self.bit(feature) }
        return contains(feature) ? feature : nil
    }

    /// Adds a feature; the result is `nil` if it was not there.
    @discardableResult
    public mutating func update(with feature: Feature) -> Feature? { insert(feature).inserted ? nil : feature }

    /// Adds the other set's features.
    public mutating func formUnion(_ other: Features) { bits |= other.bits }
    /// Leaves what the other set has, too.
    public mutating func formIntersection(_ other: Features) { bits &= other.bits }
    /// Leaves what one of the sets has and the other has not.
    public mutating func formSymmetricDifference(_ other: Features) { bits ^= other.bits }

    /// What either set has.
    public func union(_ other: Features) -> Features {
        var result = self
        result.formUnion(other)
        return result
    }

    /// What both sets have.
    public func intersection(_ other: Features) -> Features {
        var result = self
        result.formIntersection(other)
        return result
    }

    /// What one of the sets has and the other has not.
    public func symmetricDifference(_ other: Features) -> Features {
        var result = self
        result.formSymmetricDifference(other)
        return result
    }
}

extension Features: CustomStringConvertible {
    /// In the order of ``Feature``.
    public var members: [Feature] { Feature.allCases.filter { contains($0) } }

    /// The names, in the order of ``Feature``.
    public var description: String { members.map(\.name).joined(separator: ",") }
}

extension Features {
    /// Reads a list as `--features` takes it: `simd` adds a feature to the standard ones, `-simd` takes one away, and
    /// `all`, `-all`, `wasm2`, `wasm3` and `default` stand for sets, in place of what stands before them.
    ///
    /// - Throws: ``UnknownFeature``, also for a feature that is not implemented.
    public init(list: String) throws(UnknownFeature) {
        self = .standard
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            let isOff = word.hasPrefix("-")
            let name = isOff ? word.dropFirst() : word
            switch word {
            case "all": self = .all
            case "-all": self = [.core]
            case "wasm2": self = .wasm2
            case "wasm3": self = .wasm3
            case "default": self = .standard
            default:
                guard let feature = Feature.allCases.first(where: { $0.name == name }), feature != .core else {
                    throw UnknownFeature(name: String(name), isKnown: false)
                }
                if isOff {
                    remove(feature)
                } else {
                    guard Features.implemented.contains(feature) else {
                        throw UnknownFeature(name: feature.name, isKnown: true)
                    }
                    insert(feature)
                }
            }
        }
    }

    /// A name in a list of features that is none, or that of a feature which is not implemented.
    public struct UnknownFeature: Error, CustomStringConvertible, Sendable {
        /// The name as it was written.
        public var name: String
        /// WebAssembly has the feature, this engine does not.
        public var isKnown: Bool

        /// What is wrong with the name, for people.
        public var description: String {
            if isKnown { return "the feature '\(name)' is not supported" }
            let names = Features.implemented.subtracting([.core]).members.map(\.name).sorted()
            return """
                there is no feature '\(name)'; features are \(names.joined(separator: ", ")), and all, wasm2, wasm3 \
                and default stand for sets of them
                """
        }
    }
}
