import WasmText

/// A random module of functions made of loops, and the calls to make, one after the other.
public struct LoopModule: Sendable {
    /// What the functions are.
    public enum Shape: String, CaseIterable, Sendable {
        /// Loops over arrays that arguments place.
        case nests
        /// Loops whose ranges are mostly constants, at the edges of numbers and memory.
        case counted
        /// The same, with counters of 64 bits only.
        case wide
        /// Loops of the few shapes that compilers got wrong.
        case directed
        /// No loops alone: functions that use what version 3.0 brought.
        case version3
        /// Loops over memories with 64-bit addresses.
        case memory64
        /// Loops over arrays of the heap.
        case arrays
        /// One of the first four for each module.
        case mixed
    }

    struct Call: Sendable {
        let function: Int
        let name: String
        let arguments: [UInt32]
    }

    /// The module in the text format; empty for what a compiler made.
    public let text: String
    private let binary: [UInt8]?
    let calls: [Call]
    let functions: [String]

    /// What a compiler made of a program: its function `run` takes four numbers that mean nothing, and is called once.
    public init(binary: [UInt8]) {
        text = ""
        self.binary = binary
        calls = [Call(function: 0, name: "run", arguments: [0, 0, 0, 0])]
        functions = [""]
    }

    /// The module in the binary format.
    func bytes() throws -> [UInt8] { try binary ?? WasmText.parse(text) }

    /// - Parameter seed: Decides everything, together with the other parameters.
    public init(seed: UInt64, shape: Shape, functionCount: Int) {
        var random = SplitMix(seed: seed)
        switch shape {
        case .version3: self.init(version3: &random, functionCount)
        case .memory64: self.init(memory64: &random, functionCount)
        case .arrays: self.init(arrays: &random, functionCount)
        case .nests, .counted, .wide, .directed, .mixed: self.init(loops: shape, &random, functionCount)
        }
    }

    private init(version3 random: inout SplitMix, _ functionCount: Int) {
        let module = Version3Module(random: &random, functionCount: functionCount)
        text = module.text
        binary = nil
        functions = (0..<functionCount).map { "$k\($0)" }
        calls = module.calls.map { call in
            Call(function: Int(call.name.dropFirst()) ?? 0, name: call.name, arguments: call.arguments)
        }
    }

    private init(loops shape: Shape, _ random: inout SplitMix, _ functionCount: Int) {
        let shape = shape == .mixed ? random.pick([.nests, .counted, .counted, .wide, .directed, .directed]) : shape
        let isLarge = random.chance(1, of: shape == .nests ? 16 : shape == .directed ? 2 : 6)
        let pages: UInt64 = isLarge ? 65_536 : random.pick([1, 1, 2])
        // Some memories become large when they are there already.
        let initial = isLarge && shape != .nests ? random.pick([pages, pages - 1, 1]) : pages
        let most = shape == .nests ? min(65_536, pages + 2) : random.pick([pages, pages, min(65_536, pages + 2)])
        var functions: [String] = []
        var calls: [Call] =
            initial == pages ? [] : [Call(function: 0, name: "grow", arguments: [UInt32(pages - initial), 0, 0, 0])]
        for index in 0..<functionCount {
            let (text, arguments): (String, [[UInt32]])
            switch shape {
            case .nests:
                let nest = LoopNest(named: "f\(index)", pages: pages, random: &random)
                (text, arguments) = (nest.text, nest.arguments)
            case .directed:
                let loop = DirectedLoop(named: "f\(index)", pages: pages, random: &random)
                (text, arguments) = (loop.text, loop.arguments)
            case .counted, .wide, .version3, .memory64, .arrays, .mixed:
                let loop = CountedLoop(named: "f\(index)", pages: pages, onlyWide: shape == .wide, random: &random)
                (text, arguments) = (loop.text, loop.arguments)
            }
            functions.append(text)
            calls += arguments.map { Call(function: index, name: "f\(index)", arguments: $0) }
        }
        binary = nil
        self.calls = calls
        self.functions = functions
        var data = "(data (i32.const 0) \"\(Self.bytes(shape == .nests ? 8192 : 2048, &random))\")"
        data += "(data (i32.const \(Int32(truncatingIfNeeded: initial << 16 - 64))) \"\(Self.bytes(64, &random))\")"
        text = """
            (module
              (memory (export "memory") \(initial) \(most))
              (global $g (export "g") (mut i32) (i32.const 0))
              \(data)
              (func (export "grow") (param i32 i32 i32 i32) (result i32) (memory.grow (local.get 0)))
              (func $helper (param i32 i32) (result i32)
                (i32.store8 (i32.and (local.get 1) (i32.const 4095)) (local.get 0))
                (i32.add (local.get 0) (i32.const 1)))
              \(functions.joined(separator: "\n")))
            """
    }

    private init(memory64 random: inout SplitMix, _ functionCount: Int) {
        // Some memories are larger than what 32 bits address; the last page is there from the beginning, or is not.
        let pages: UInt64 = random.pick([1, 1, 2, 65_536, 65_537, 65_600])
        let initial = pages - random.pick([0, 0, 1])
        let otherIsWide = random.chance(1, of: 2)
        let loops = (0..<functionCount).map {
            Memory64Loop(named: "f\($0)", pages: pages, otherIsWide: otherIsWide, random: &random)
        }
        functions = loops.map(\.text)
        calls =
            (initial == pages ? [] : [Call(function: 0, name: "grow", arguments: [1, 0, 0, 0])])
            + loops.enumerated().flatMap { index, loop in
                loop.arguments.map { Call(function: index, name: "f\(index)", arguments: $0) }
            }
        binary = nil
        text = """
            (module
              (memory $m (export "memory") i64 \(initial) \(pages))
              (memory $o \(otherIsWide ? "i64 " : "")1 1)
              (global $g (export "g") (mut i32) (i32.const 0))
              \(initial == 0 ? "" : "(data (i64.const 0) \"\(Self.bytes(2048, &random))\")")
              (func (export "grow") (param i32 i32 i32 i32) (result i32)
                (i32.wrap_i64 (memory.grow $m (i64.extend_i32_u (local.get 0)))))
              \(loops.map(\.text).joined(separator: "\n")))
            """
    }

    private init(arrays random: inout SplitMix, _ functionCount: Int) {
        let loops = (0..<functionCount).map { ArrayLoop(named: "f\($0)", sum: "s\($0)", random: &random) }
        functions = loops.map(\.text)
        calls = loops.enumerated().flatMap { index, loop in
            loop.arguments.flatMap { arguments in
                // What a trap left is seen by the sum.
                [("f", arguments), ("s", [0, 0, 0, 0])].map {
                    Call(function: index, name: "\($0.0)\(index)", arguments: $0.1)
                }
            }
        }
        binary = nil
        text = """
            (module
              (memory (export "memory") 1 1)
              (global $g (export "g") (mut i32) (i32.const 0))
              \(ArrayLoop.declarations)
              \(loops.map(\.text).joined(separator: "\n")))
            """
    }

    /// Small bytes, so that what is loaded can be an address.
    private static func bytes(_ count: Int, _ random: inout SplitMix) -> String {
        let digits = Array("0123456789abcdef")
        return (0..<count).map { _ in
            let byte = Int.random(in: 0..<64, using: &random)
            return "\\\(digits[byte >> 4])\(digits[byte & 15])"
        }.joined()
    }
}
