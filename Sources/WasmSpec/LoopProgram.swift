/// A random program in C of nested counted loops over arrays of all integer widths, with masks, strides, reductions,
/// conditions and overlapping ends; it means the same to every compiler that is told that integers wrap.
public struct LoopProgram: Sendable {
    /// The program: `unsigned program(void)` gives a checksum over all arrays.
    public let text: String

    public init(seed: UInt64) {
        var writer = ProgramWriter(random: SplitMix(seed: seed))
        text = writer.program()
    }
}

/// Writes the lines of one program.
private struct ProgramWriter {
    private struct Array {
        let name: String
        let type: String
        let count: Int
    }

    var random: SplitMix
    private var arrays: [Array] = []
    /// The counters of the loops around what is being written.
    private var counters: [String] = []
    private var counterCount = 0

    init(random: SplitMix) { self.random = random }

    private static let types = [
        "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long long", "unsigned long long",
    ]

    mutating func program() -> String {
        for index in 0..<Int.random(in: 3...6, using: &random) {
            arrays.append(
                Array(name: "a\(index)", type: random.pick(Self.types), count: random.pick([16, 64, 128, 256, 512])))
        }
        let kernels = (0..<Int.random(in: 2...4, using: &random)).map { index in
            """
            __attribute__((noinline)) static unsigned long long k\(index)(int n, unsigned m) {
              unsigned long long s0 = n, s1 = 1; int t0 = (int)m, t1 = 3;
            \((0..<random.pick([1, 1, 2])).map { _ in loop(depth: 0, indent: "  ") }.joined(separator: "\n"))
              return s0 ^ s1 * 31 ^ (unsigned)t0 ^ (unsigned long long)(unsigned)t1 << 32;
            }
            """
        }
        let calls = kernels.indices.map { index in
            "  h = h * 31 + k\(index)(\(Int.random(in: 0...70, using: &random)), "
                + "\(UInt32.random(in: 0...UInt32.max, using: &random))u);"
        }
        let sums = arrays.map {
            "  for (int i = 0; i < \($0.count); i++) h = (h ^ (unsigned long long)\($0.name)[i]) * 1099511628211ull;"
        }
        let fills = arrays.map {
            "  for (int i = 0; i < \($0.count); i++) \($0.name)[i] = (\($0.type))((x = x * 1664525u + 1013904223u) "
                + ">> 9);"
        }
        return """
            \(arrays.map { "static \($0.type) \($0.name)[\($0.count)];" }.joined(separator: "\n"))
            \(kernels.joined(separator: "\n"))
            unsigned program(void) {
              unsigned x = 12345; unsigned long long h = 14695981039346656037ull;
            \((fills + calls + calls + sums).joined(separator: "\n"))
              return (unsigned)(h ^ h >> 32);
            }
            """
    }

    private mutating func loop(depth: Int, indent: String) -> String {
        let counter = "i\(counterCount)"
        counterCount += 1
        let type = random.pick(["int", "int", "unsigned", "unsigned", "long long", "unsigned char", "short"])
        let step = random.pick([1, 1, 1, 1, 2, 3, 4, 8])
        let count = random.pick(depth == 0 ? [7, 16, 30, 60, 100] : [2, 3, 8, 16])
        let isRising = random.chance(2, of: 3)
        let limit = random.chance(1, of: 4) ? "(\(type))(n & 63)" : "\(min(count * step, 120))"
        let header =
            isRising
            ? "for (\(type) \(counter) = \(random.pick([0, 0, 1, 2])); \(counter) < \(limit); \(counter) += \(step))"
            : "for (\(type) \(counter) = \(limit); \(counter) >= \(step); \(counter) -= \(step))"
        counters.append(counter)
        defer { counters.removeLast() }
        var lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in indent + "  " + statement() }
        if depth < 2, random.chance(2, of: 5) {
            lines.insert(
                loop(depth: depth + 1, indent: indent + "  "), at: Int.random(in: 0...lines.count, using: &random))
        }
        return "\(indent)\(header) {\n\(lines.joined(separator: "\n"))\n\(indent)}"
    }

    private mutating func statement() -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return "s0 \(random.pick(["+=", "^=", "-="])) \(value(2));"
        case 1: return "s1 = s1 * 3 + \(value(1));"
        case 2: return "t0 = \(value(1)) \(random.pick(["<", ">"])) t0 ? (int)\(value(1)) : t0;"
        case 3: return "if (\(condition())) t1 = (int)\(value(1));"
        case 4: return "if (\(condition())) { \(assignment()) } else { \(assignment()) }"
        case 5: return "if (\(condition())) { \(assignment()) }"
        case 6: return copies()
        default: return assignment()
        }
    }

    private mutating func assignment() -> String {
        let (target, type) = element()
        return "\(target) \(random.pick(["=", "=", "+=", "^=", "|="])) (\(type))\(value(2));"
    }

    /// Copies of an assignment, as a programmer unrolls them.
    private mutating func copies() -> String {
        let (to, from) = (random.pick(arrays), random.pick(arrays))
        let index = "\(random.pick(counters)) * \(random.pick([1, 2, 4]))"
        return (0..<random.pick([2, 4])).map { copy in
            "\(to.name)[(\(index) + \(copy)) & \(to.count - 1)] = (\(to.type))\(from.name)[(\(index) + \(copy)) & "
                + "\(from.count - 1)];"
        }.joined(separator: " ")
    }

    /// An array's element, mostly at an index that a mask of the array's length keeps inside.
    private mutating func element() -> (String, String) {
        let array = random.pick(arrays)
        let counter = random.pick(counters)
        let mask = random.chance(1, of: 3) ? random.pick([1, 3, 7, 15]) : array.count - 1
        let index = random.pick([
            "\(counter)", "\(counter)", "\(counter) + \(random.pick([1, 2, 5]))",
            "\(counter) * \(random.pick([2, 3, 4]))", "\(array.count - 1) - \(counter)",
            "\(counter) + \(random.pick(counters))", "\(counter) >> 1", "\(counter) + m",
        ])
        return ("\(array.name)[(\(index)) & \(mask)]", array.type)
    }

    private mutating func condition() -> String {
        random.chance(1, of: 3)
            ? "\(random.pick(counters)) & \(random.pick([1, 2, 4]))"
            : "\(value(1)) \(random.pick(["<", ">", "==", "!=", "<="])) \(value(1))"
    }

    private mutating func value(_ depth: Int) -> String {
        guard depth > 0 else {
            return random.chance(1, of: 4)
                ? random.pick(counters)
                : random.chance(1, of: 4) ? "\(Int.random(in: 0...300, using: &random))" : element().0
        }
        let (left, right) = (value(depth - 1), value(depth - 1))
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return "(\(left) << (\(right) & \(random.pick([1, 7, 15]))))"
        case 1: return "(\(left) >> (\(right) & \(random.pick([1, 7, 15]))))"
        case 2: return "(\(left) \(random.pick(["/", "%"])) ((\(right) & 127) | 1))"
        case 3: return "((\(random.pick(Self.types)))(\(left)) * (\(right)))"
        case 4: return "(\(condition()) ? \(left) : \(right))"
        case 5: return "(-\(left))"
        default: return "(\(left) \(random.pick(["+", "+", "-", "*", "&", "|", "^"])) \(right))"
        }
    }
}
