import CRuntime
import Testing

/// Canonical numbers of recursive groups: see `types.c`.
@Suite(.serialized) struct RecursiveTypeTests {
    /// A type as a module describes it: a struct with fields, or a function with parameters.
    private struct Description {
        var codes: [UInt32]
        var kind = WASMC_KIND_STRUCT
        var supertype: UInt32 = .max
        var isFinal = false
    }

    /// A nullable reference to the type of this index.
    private static func reference(_ index: Int) -> UInt32 { 0x63 | UInt32(index) << 9 }

    /// The numbers of a module's types, which are given by group.
    private static func acquire(_ groups: [[Description]]) -> [UInt32] {
        var numbers = Array(repeating: UInt32(0), count: groups.map(\.count).reduce(0, +) + 1)
        var first = 0
        for group in groups {
            let codes = group.flatMap(\.codes)
            let isComplete = codes.withUnsafeBufferPointer { codes in
                var start = 0
                let types = group.map { type in
                    defer { start += type.codes.count }
                    return wasmc_type_description(
                        codes: codes.baseAddress.map { $0 + start },
                        parameter_count: type.kind == WASMC_KIND_FUNCTION ? UInt32(type.codes.count) : 0,
                        code_count: UInt32(type.codes.count), supertype: type.supertype,
                        kind: UInt8(type.kind), is_final: type.isFinal)
                }
                return wasmc_types_acquire(types, UInt32(first), UInt32(group.count), &numbers)
            }
            #expect(isComplete)
            first += group.count
        }
        return Array(numbers.dropLast())
    }

    private static func release(_ numbers: [UInt32], _ groups: [[Description]]) {
        var first = 0
        for group in groups {
            wasmc_type_release(numbers[first])
            first += group.count
        }
    }

    @Test("Groups are equal by their content, in which a type of the group is not one like it of another group")
    func equality() {
        // A list of itself; the same by itself, and once more with another type in front.
        let list: [[Description]] = [[Description(codes: [0x7A, Self.reference(0)])]]
        let moved: [[Description]] = [
            [Description(codes: [0x7B])], [Description(codes: [0x7A, Self.reference(1)])],
        ]
        // A list whose tail is a list of the kind above: it looks the same but is another type.
        let unrolled: [[Description]] = list + [[Description(codes: [0x7A, Self.reference(0)])]]
        // Two at a time.
        let pair: [[Description]] = [
            [Description(codes: [0x7A, Self.reference(0)]), Description(codes: [0x7A, Self.reference(0)])]
        ]
        let numbers = [list, moved, unrolled, pair].map(Self.acquire)
        #expect(numbers[0][0] == numbers[1][1] && numbers[0][0] == numbers[2][0])
        #expect(numbers[2][1] != numbers[0][0])
        #expect(Set(numbers[3] + [numbers[0][0], numbers[2][1]]).count == 4)
        for (numbers, groups) in zip(numbers, [list, moved, unrolled, pair]) { Self.release(numbers, groups) }
    }

    @Test("Final, its supertype and its sort are part of a type, mutable of a field")
    func parts() {
        let base = Description(codes: [0x75])
        let others: [[[Description]]] = [
            [[base]], [[Description(codes: [0x75], isFinal: true)]], [[Description(codes: [0x75 | 0x80])]],
            [[Description(codes: [0x75], kind: WASMC_KIND_ARRAY)]],
            [[Description(codes: [0x75], kind: WASMC_KIND_FUNCTION)]],
            [[base], [Description(codes: [0x75], supertype: 0)]],
        ]
        let numbers = others.map(Self.acquire)
        #expect(Set(numbers.compactMap(\.last)).count == others.count)
        for (numbers, groups) in zip(numbers, others) { Self.release(numbers, groups) }
    }

    @Test("A type is below those above it, however many there are, and below no others")
    func subtypes() {
        let groups: [[Description]] = (0..<40).map { index in
            [Description(codes: [0x76], supertype: index == 0 ? .max : UInt32(index - 1))]
        }
        let chain = Self.acquire(groups)
        let branch = Self.acquire(groups.prefix(5) + [[Description(codes: [0x76, 0x76], supertype: 4)]])
        for (lower, number) in chain.enumerated() {
            for (upper, other) in chain.enumerated() {
                #expect(wasmc_type_is_subtype(number, other) == (lower >= upper))
            }
        }
        #expect(wasmc_type_is_subtype(branch[5], chain[4]) && !wasmc_type_is_subtype(branch[5], chain[5]))
        #expect(!wasmc_type_is_subtype(chain[5], branch[5]) && !wasmc_type_is_subtype(chain[39], branch[5]))
        Self.release(chain, groups)
        #expect(wasmc_type_is_subtype(branch[5], branch[0]), "what a type refers to stays with it")
        Self.release(branch, Array(groups.prefix(6)))
    }

    @Test("A chain of a hundred thousand groups, each of which refers to the one before, goes with its last user")
    func longChain() {
        let before = wasmc_type_count()
        let groups: [[Description]] = (0..<100_000).map { index in
            [Description(codes: index == 0 ? [0x74] : [0x74, Self.reference(index - 1)])]
        }
        let numbers = Self.acquire(groups)
        #expect(Set(numbers).count == groups.count)
        // All but the last: it holds them.
        for number in numbers.dropLast() { wasmc_type_release(number) }
        // Tests beside this one hold and release types of their own, some thousands at most.
        #expect(wasmc_type_count() >= before + 50_000)
        wasmc_type_release(numbers[99_999])
        #expect(wasmc_type_count() < before + 50_000)
    }

    @Test("A number that nobody holds any more is no type's, and makes no new one")
    func staleNumbers() {
        let group: [[Description]] = [[Description(codes: [0x73, 0x73, 0x73])]]
        let number = Self.acquire(group)[0]
        var kind: UInt8 = 0
        #expect(wasmc_type_kind_of(number, &kind) && wasmc_type_compare(number, number))
        Self.release([number], group)
        // Numbers are used again, so one that never was any is what stays free for sure.
        let never = UInt32(1) << 22
        for stale in [0, never, UInt32.max >> 9] {
            #expect(!wasmc_type_kind_of(stale, &kind) && !wasmc_type_compare(stale, stale))
            let codes = [Self.reference(Int(stale))]
            #expect(wasmc_type_acquire(codes, 1, nil, 0) == 0)
        }
    }
}
