import Testing
import Wasm
import WasmText

@Suite("A module uses the features that it is allowed, and is refused by name where it uses another")
struct FeatureTests {
    private func error(_ text: String, features: Features) -> String? {
        do {
            _ = try Module(text: text, features: features)
            return nil
        } catch {
            guard case .unsupported = error.kind else { return "not refused as unsupported: \(error)" }
            return error.message
        }
    }

    @Test(
        "What a feature brought is refused where the feature is off: instructions, types, sections",
        arguments: [
            ("(func (drop (i32.extend8_s (i32.const 1))))", Feature.signExtension, "i32.extend8_s"),
            ("(func (drop (i32.trunc_sat_f32_s (f32.const 1))))", .saturatingConversions, "i32.trunc_sat_f32_s"),
            ("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))", .bulkMemory, "memory.fill"),
            ("(memory 1) (data \"a\")", .bulkMemory, "a data segment of kind 1"),
            ("(func $f) (elem declare func $f)", .bulkMemory, "an element segment of kind 3"),
            ("(func (param externref))", .referenceTypes, "externref"),
            ("(func (drop (ref.is_null (ref.null func))))", .referenceTypes, "ref.null"),
            ("(table 1 funcref) (table 1 funcref)", .referenceTypes, "several tables"),
            ("(type $t (func)) (func (param (ref null $t)))", .functionReferences, "type 0x63"),
            ("(type $t (func)) (func (drop (ref.null $t)))", .functionReferences, "a reference to type 0"),
            ("(table 1 funcref (ref.null func))", .functionReferences, "a table's initial value"),
            ("(func (drop (ref.as_non_null (ref.null func))))", .functionReferences, "ref.as_non_null"),
            ("(rec (type (func)) (type (func)))", .gc, "a recursive group of types"),
            ("(type (sub (func)))", .gc, "a subtype"),
            ("(type (struct))", .gc, "a struct type"),
            ("(type (array i8))", .gc, "an array type"),
            ("(func (param anyref))", .gc, "anyref"),
            ("(func (drop (v128.const i32x4 1 2 3 4)))", .simd, "v128.const"),
            ("(func (local v128))", .simd, "v128"),
            ("(memory 1) (memory 1)", .multiMemory, "a memory beside another"),
            (#"(import "m" "a" (memory 1)) (import "m" "b" (memory 1))"#, .multiMemory, "a memory beside another"),
            ("(global i32 (i32.add (i32.const 1) (i32.const 2)))", .extendedConst, "i32.add in a constant expression"),
            (
                "(global i32 (i32.const 1)) (global i32 (global.get 0))", .extendedConst,
                "global.get of a global that is not imported"
            ),
        ])
    func off(field: String, feature: Feature, what: String) throws {
        #expect(
            error(field, features: .all.subtracting([feature]))
                == "\(feature.title): this feature is off (\(what)); --features \(feature.name) turns it on")
        // The same module says that it needs the feature.
        #expect(try Module(text: field).features.contains(feature))
    }

    @Test("A module that uses no feature says so, and one that does names it and no other")
    func uses() throws {
        let core = "(func (result i32 i32) (i32.const 1) (i32.const 2)) (table 1 funcref)"
        #expect(try Module(text: core).features == [])
        #expect(try Module(text: "(func (drop (i64.extend8_s (i64.const 1))))").features == [.signExtension])
        #expect(try Module(text: "(func (drop (i8x16.splat (i32.const 1))))").features == [.simd])
    }

    @Test("A list adds to the standard features and takes away from them; sets replace what is before them")
    func lists() throws {
        #expect(try Features(list: "-simd") == Features.standard.subtracting([.simd]))
        #expect(try Features(list: "simd,-simd,simd") == .standard)
        #expect(try Features(list: "wasm2") == .wasm2)
        #expect(try Features(list: "wasm2,extended-const") == Features.wasm2.union([.extendedConst]))
        #expect(try Features(list: "simd,-all,sign-extension") == [.core, .signExtension])
        #expect(try Features(list: "all").contains(.wideArithmetic))
        #expect(try Features(list: "default") == .standard)
        #expect(!Features.standard.contains(.customPageSizes) && Features.standard.contains(.threads))
    }

    @Test(
        "A name that is no feature's is refused, and the answer lists those that are",
        arguments: ["", "sime", "simd,", "-core", "core", "--simd", "SIMD"])
    func names(list: String) {
        #expect {
            try Features(list: list)
        } throws: {
            "\($0)".contains("features are ") && "\($0)".contains("sign-extension")
        }
    }

    @Test("A feature that is not implemented is refused in a list and in modules, also where all are on")
    func unimplemented() {
        for feature in Feature.allCases where !Features.implemented.contains(feature) {
            #expect(throws: Features.UnknownFeature.self) { try Features(list: feature.name) }
            #expect(feature.refusal() == "\(feature.title): this feature is not supported")
        }
        #expect(Features.implemented.isSuperset(of: .wasm2))
    }

    @Test("Sets of features keep the laws of sets")
    func sets() {
        var set: Features = [.simd, .threads]
        #expect(set.insert(.simd) == (false, .simd) && set.insert(.gc) == (true, .gc))
        #expect(set.remove(.gc) == .gc && set.remove(.gc) == nil)
        #expect(set.symmetricDifference([.simd, .core]) == [.threads, .core])
        #expect(set.intersection([.simd, .core]) == [.simd] && set.isSubset(of: .all) && !set.isSubset(of: .wasm2))
        #expect(set.description == "simd,threads")
    }
}
