import Testing
import WasmEngine
import WasmText

/// Typed functions in both directions with any number of parameters and results of every type.
@Suite struct TypedArityTests {
    private static let text = """
        (module
          (import "env" "six" (func $six (param i32 i64 f32 f64 i32 i64) (result i64 f64 i32)))
          (import "env" "divide" (func $divide (param i32 i32) (result i32 i32)))
          (import "env" "vector" (func $vector (param v128) (result v128)))
          (import "env" "object" (func $object (param externref) (result externref)))
          (import "env" "choose" (func $choose (param funcref i32) (result funcref)))
          (func (export "six") (param i32 i64 f32 f64 i32 i64) (result i64 f64 i32)
            (call $six (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)))
          (func (export "divide") (param i32 i32) (result i32 i32) (call $divide (local.get 0) (local.get 1)))
          (func (export "vector") (param v128) (result v128) (call $vector (local.get 0)))
          (func (export "object") (param externref) (result externref) (call $object (local.get 0)))
          (func (export "choose") (param funcref i32) (result funcref) (call $choose (local.get 0) (local.get 1)))
          (func (export "eight") (param i32) (result i32 i32 i32 i32 i32 i32 i32 i32)
            (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
            (i32.const 8)))
        """

    private static var imports: Imports {
        [
            "env": [
                "six": .function {
                    (a: Int32, b: Int64, c: Float, d: Double, e: Bool, f: UInt64) -> (UInt64, Double, Bool) in
                    (f &+ UInt64(bitPattern: b), d + Double(c), !e && a == 1)
                },
                "divide": .function { (a: Int32, b: Int32) -> (Int32, Int32) in
                    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
                    return (quotient, remainder)
                },
                "vector": .function { (vector: V128) -> V128 in V128(vector.f32x4 * 2) },
                "object": .function { (object: ExternalReference?) -> ExternalReference? in
                    object.map { ExternalReference($0.number + 1) }
                },
                "choose": .function { (function: Function?, keeps: Bool) -> Function? in keeps ? function : nil },
            ]
        ]
    }

    @Test("Six parameters and three results of different types, both ways, and eight results")
    func manyValues() throws {
        let instance = try instantiate(Self.text, imports: Self.imports)
        let six = try instance.function(
            "six", as: ((Int32, Int64, Float, Double, Bool, UInt64) -> (UInt64, Double, Bool)).self)
        let (sum, product, flag) = try six(1, -1, 0.5, 2, false, 11)
        #expect(sum == 10 && product == 2.5 && flag)
        let divide = try instance.function("divide", as: ((Int32, Int32) -> (Int32, Int32)).self)
        #expect(try divide(17, 5) == (3, 2))
        let eight = try instance.function(
            "eight", as: ((Int32) -> (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32)).self)
        let all = try eight(1)
        #expect([all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7] == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("Vectors and references go through typed functions as they are, null included")
    func vectorsAndReferences() throws {
        let instance = try instantiate(Self.text, imports: Self.imports)
        let vector = try instance.function("vector", as: ((V128) -> V128).self)
        #expect(try vector(V128(SIMD4<Float>(1, -2, 3.5, 0))).f32x4 == SIMD4(2, -4, 7, 0))
        let object = try instance.function("object", as: ((ExternalReference?) -> ExternalReference?).self)
        #expect(try object(nil) == nil && object(ExternalReference(6)) == ExternalReference(7))
        let choose = try instance.function("choose", as: ((Function?, Bool) -> Function?).self)
        let divide = try instance.function("divide")
        #expect(try choose(divide, true) == divide && choose(divide, false) == nil && choose(nil, true) == nil)
        let strict = try instance.function("choose", as: ((Function, Bool) -> Function).self)
        #expect(try strict(divide, true) == divide)
        #expect(throws: UsageError.noValue(type: "Function", number: "null")) { try strict(divide, false) }
    }

    @Test("Another number of parameters or results is an error that names both types")
    func wrongTypes() throws {
        let instance = try instantiate(Self.text, imports: Self.imports)
        let error = UsageError.typeMismatch(
            expected: "a function [i32 i32] -> [i32 i32]", found: "[i32 i32] -> [i32 i32 i32]")
        #expect(throws: error) {
            try instance.function("divide", as: ((Int32, Int32) -> (Int32, Int32, Int32)).self)
        }
        #expect(throws: UsageError.self) { try instance.function("divide", as: ((Int32) -> (Int32, Int32)).self) }
        #expect(throws: UsageError.self) { try instance.function("divide", as: ((Int32, Int32) -> Void).self) }
        #expect(throws: UsageError.self) { try instance.function("vector", as: ((Int64) -> V128).self) }
    }

    @Test("Asynchronous functions have any number of results, with and without a caller")
    func asynchronous() async throws {
        var imports = Self.imports
        imports.define("env", "divide") { (a: Int32, b: Int32) async throws -> (Int32, Int32) in
            await Task.yield()
            return (a / b, a % b)
        }
        imports.define("env", "six") {
            (caller: Caller, a: Int32, b: Int64, c: Float, d: Double, e: Bool, f: UInt64) async throws
                -> (UInt64, Double, Bool) in
            await Task.yield()
            return (f, d, caller.instance != nil)
        }
        let instance = try instantiate(Self.text, imports: imports)
        let divide = try instance.function("divide", as: ((Int32, Int32) async -> (Int32, Int32)).self)
        #expect(try await divide(17, 5) == (3, 2))
        let six = try instance.function(
            "six", as: ((Int32, Int64, Float, Double, Bool, UInt64) async -> (UInt64, Double, Bool)).self)
        #expect(try await six(1, 2, 3, 4, false, 5) == (5, 4, true))
    }
}
