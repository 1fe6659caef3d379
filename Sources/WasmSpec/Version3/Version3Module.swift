/// A random module of version 3.0 as text, and the calls to make: functions that throw, catch, call in tail position,
/// make objects, and use several memories and atomics, each module some of these.
///
/// Every function ends: one calls only those that were written before it, or itself a few times, and references are to
/// those that call none.
struct Version3Module {
    let text: String
    /// The exported functions, each with four arguments.
    let calls: [(name: String, arguments: [UInt32])]

    init(random: inout SplitMix, functionCount: Int) {
        let types = Version3Types(random: &random)
        var callees: [Version3Writer.Callee] = []
        var functions: [String] = []
        for number in 0..<functionCount {
            let signature = Int.random(in: types.signatures.indices, using: &random)
            let isLeaf = number < (functionCount + 1) / 2
            var writer = Version3Writer(
                types: types, signature: types.signatures[signature], number: number, callees: callees,
                callsReferences: !isLeaf, random: random)
            functions.append(writer.function())
            random = writer.random
            callees.append(
                Version3Writer.Callee(number: number, signature: signature, cost: writer.cost, isLeaf: isLeaf))
        }
        let exports = callees.map { Self.export($0, types, &random) }
        let memories = types.memories.map { memory in
            let limits = "\(memory.isWide ? "i64 " : "")\(memory.pages) \(memory.pages + 2)"
            let export = memory.number == 0 ? "(export \"memory\") " : ""
            return "(memory \(memory.name) \(export)\(limits)\(memory.isShared ? " shared" : ""))"
        }
        let leaves = callees.filter(\.isLeaf)
        let tables = types.signatures.indices.map { signature in
            let entries = (0..<functionCount).map { number in
                leaves.contains { $0.number == number && $0.signature == signature }
                    ? "(ref.func $k\(number))" : "(ref.null $f\(signature))"
            }
            return
                "(table $r\(signature) \(functionCount) (ref null $f\(signature)))\n  (elem (table $r\(signature)) "
                + "(i32.const 0) (ref null $f\(signature)) \(entries.joined(separator: " ")))"
        }
        text = """
            (module
              \(types.text)
              \(memories.joined(separator: "\n  "))
              (data $d \(Self.data))
              (global $g (export "g") (mut i32) (i32.const 0)) (global $h (mut i32) (i32.const 9))
              \(types.records.isEmpty ? "" : "(global $root (mut (ref null $s0)) (ref.null $s0))")
              (table $all \(functionCount) funcref)
              (elem (table $all) (i32.const 0) func \(callees.map { "$k\($0.number)" }.joined(separator: " ")))
              \(tables.joined(separator: "\n  "))
              \(Self.hash(types))
              \(functions.joined(separator: "\n"))
              \(exports.joined(separator: "\n"))
              \(Self.check(types)))
            """
        var calls: [(name: String, arguments: [UInt32])] = []
        for _ in 0..<3 {
            for number in 0..<functionCount {
                let arguments = (0..<4).map { _ -> UInt32 in
                    random.pick([0, 1, 5, 48, .max, UInt32.random(in: 0..<4096, using: &random)])
                }
                calls.append(("f\(number)", arguments))
            }
            calls.append(("check", [0, 0, 0, 0]))
        }
        self.calls = calls
    }

    /// 36 bytes.
    private static let data = """
        "\\01\\ff\\80\\00\\07\\00\\00\\00\\12\\34\\56\\78\\9a\\bc\\de\\f0\\01\\02\\03\\04\\05\\06\\07\\08" \
        "\\ff\\ff\\ff\\ff\\00\\00\\00\\80\\55\\66\\77\\88"
        """

    /// Calls a function with values made of four numbers; most give another number when it throws.
    private static func export(
        _ callee: Version3Writer.Callee, _ types: Version3Types, _ random: inout SplitMix
    ) -> String {
        let signature = types.signatures[callee.signature]
        let arguments = signature.parameters.enumerated().map { index, type in
            let number = "(local.get \(index % 4))"
            return switch type {
            case .i32: number
            case .i64: "(i64.extend_i32_s \(number))"
            case .f64: "(f64.convert_i32_s \(number))"
            case .any: "(ref.i31 \(number))"
            case .record(let record): "(struct.new_default $s\(random.pick(types.family(of: record))))"
            case .list(let list): "(array.new_default $a\(list) (i32.const 7))"
            }
        }
        let folds = signature.results.reversed().map { type -> String in
            let number =
                switch type {
                case .i32: "i64.extend_i32_u"
                case .i64: ""
                case .f64: "i64.trunc_sat_f64_s"
                case .any, .record, .list: "(call $hash (i32.const 3))"
                }
            return "\(number) (i64.add (i64.mul (local.get $sum) (i64.const 31))) local.set $sum"
        }
        let call = "(call $k\(callee.number) \(arguments.joined(separator: " "))) \(folds.joined(separator: " "))"
        let isGuarded = types.parts.contains(.exceptions) && random.chance(3, of: 4)
        let body =
            isGuarded
            ? """
            (block $out (block $first (result i32) (block $all
              (try_table (catch $e0 $first) (catch_all $all) \(call)) (br $out))
              (local.set $sum (i64.const -77)) (br $out))
              i64.extend_i32_s local.set $sum)
            """ : call
        return """
            (func (export "f\(callee.number)") (param i32 i32 i32 i32) (result i64) (local $sum i64)
              \(body) (local.get $sum))
            """
    }

    /// A number for an object and those it refers to, down to a depth.
    private static func hash(_ types: Version3Types) -> String {
        guard types.parts.contains(.objects) else { return "" }
        // Those below come before those above.
        let records = types.records.indices.reversed().map { number in
            let record = types.records[number]
            let values = record.fields.enumerated().map { index, field in
                fold("struct.get\(field.packed == nil ? "" : "_s") $s\(number) \(index) (local.get $o\(number))", field)
            }
            return arm("$s\(number)", "$o\(number)", values.joined(separator: "\n    "))
        }
        let lists = types.lists.enumerated().map { number, field in
            let get = "array.get\(field.packed == nil ? "" : "_u") $a\(number) (local.get $v\(number)) (local.get $i)"
            return arm(
                "$a\(number)", "$v\(number)",
                """
                (block $end (loop $again
                  (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $v\(number)))))
                  \(fold(get, field))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $again (i32.lt_u (local.get $i) (i32.const 50)))))
                """)
        }
        let locals =
            types.records.indices.map { "(local $o\($0) (ref null $s\($0)))" }
            + types.lists.indices.map { "(local $v\($0) (ref null $a\($0)))" }
        return """
            (func $hash (param $r anyref) (param $depth i32) (result i64) (local $sum i64) (local $i i32)
              \(locals.joined(separator: " "))
              (if (ref.is_null (local.get $r)) (then (return (i64.const 3))))
              (if (i32.eqz (local.get $depth)) (then (return (i64.const 5))))
              (if (ref.test (ref i31) (local.get $r)) (then
                (return (i64.extend_i32_s (i31.get_s (ref.cast (ref i31) (local.get $r)))))))
              \((records + lists).joined(separator: "\n  "))
              (i64.const 11))
            """
    }

    private static func arm(_ type: String, _ local: String, _ body: String) -> String {
        """
        (if (ref.test (ref \(type)) (local.get $r)) (then
            (local.set \(local) (ref.cast (ref \(type)) (local.get $r)))
            (local.set $sum (i64.const \(type.utf8.reduce(7) { $0 * 31 + Int($1) })))
            \(body)
            (return (local.get $sum))))
        """
    }

    private static func fold(_ get: String, _ field: Version3Types.Field) -> String {
        let number =
            switch field.type {
            case .i32: "(i64.extend_i32_s (\(get)))"
            case .i64: "(\(get))"
            case .f64: "(i64.trunc_sat_f64_s (\(get)))"
            case .any, .record, .list: "(call $hash (\(get)) (i32.sub (local.get $depth) (i32.const 1)))"
            }
        return "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) \(number)))"
    }

    /// A number for everything that is not exported: the other memories, and the objects that stay.
    private static func check(_ types: Version3Types) -> String {
        let memories = types.memories.dropFirst().map { memory -> String in
            let index = memory.isWide ? "(i64.extend_i32_u (local.get $i))" : "(local.get $i)"
            let size = memory.isWide ? "memory.size \(memory.name)" : "i64.extend_i32_u (memory.size \(memory.name))"
            return """
                (local.set $i (i32.const 0))
                (loop
                  (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load \(memory.name) \(index)))
                  (local.set $sum)
                  (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 65536))))
                (local.set $sum (i64.add (local.get $sum) (\(size))))
                """
        }
        let objects =
            types.records.isEmpty
            ? "" : "(local.set $sum (i64.add (local.get $sum) (call $hash (global.get $root) (i32.const 6))))"
        return """
            (func (export "check") (param i32 i32 i32 i32) (result i64) (local $sum i64) (local $i i32)
              \(memories.joined(separator: "\n")) \(objects)
              (i64.add (local.get $sum) (i64.extend_i32_u (global.get $h))))
            """
    }
}
