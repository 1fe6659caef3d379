import CRuntime
import Glibc
import Testing

@Suite struct TypeNumberTests {
    static func acquire(_ parameters: [UInt32], _ results: [UInt32] = []) -> UInt32 {
        wasmc_type_acquire(parameters, parameters.count, results, results.count)
    }

    static func describe(_ number: UInt32) -> (parameters: [UInt32], results: [UInt32]) {
        let type = wasmc_type_describe(number)
        let all = Array(UnsafeBufferPointer(start: type.codes, count: Int(type.code_count)))
        let parameterCount = Int(type.parameter_count)
        return (Array(all.prefix(parameterCount)), Array(all.dropFirst(parameterCount)))
    }

    /// Types that no other test has: 24 parameters, of four types each.
    static func parameters(_ number: Int) -> [UInt32] {
        (0..<24).map { UInt32(0x7C + (number >> (2 * $0) & 3)) }
    }

    @Test("Equal types have equal numbers, and no others have")
    func equality() {
        let numbers = [
            Self.acquire([0x7F, 0x7E], [0x7F]), Self.acquire([0x7F], [0x7E, 0x7F]), Self.acquire([], []),
            Self.acquire([0x7F], []),
            Self.acquire([], [0x7F]), Self.acquire([0x7F, 0x7E, 0x7F], []), Self.acquire([], [0x7F, 0x7E, 0x7F]),
        ]
        #expect(Set(numbers).count == numbers.count && !numbers.contains(0))
        let again = Self.acquire([0x7F, 0x7E], [0x7F])
        #expect(again == numbers[0])
        #expect(Self.describe(again) == ([0x7F, 0x7E], [0x7F]))
        for number in numbers + [again] { wasmc_type_release(number) }
    }

    @Test("A number means its type as long as somebody holds it, whatever comes and goes beside it")
    func lifetime() {
        let held = stride(from: 0, to: 3000, by: 3).map { ($0, Self.acquire(Self.parameters($0))) }
        for _ in 0..<3 {
            let passing = (0..<3000).map { Self.acquire(Self.parameters($0)) }
            #expect(Set(passing).count == 3000)
            for (type, number) in held { #expect(passing[type] == number) }
            for number in passing { wasmc_type_release(number) }
        }
        for (type, number) in held { #expect(Self.describe(number) == (Self.parameters(type), [])) }
        for (_, number) in held { wasmc_type_release(number) }
    }

    @Test("Types go with their last user, a hundred thousand as fast for each as a few, and their memory is used again")
    func manyTypes() throws {
        func seconds(_ count: Int) -> Double {
            var before = timespec(), after = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
            let numbers = (0..<count).map { Self.acquire(Self.parameters($0 + 1_000_000)) }
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
            // Tests beside this one hold a few types.
            let most = wasmc_type_count()
            #expect(Set(numbers).count == count && most >= UInt32(count))
            for number in numbers { wasmc_type_release(number) }
            #expect(wasmc_type_count() < most - UInt32(count) / 2)
            return Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) / 1e9
        }
        let few = (0..<3).map { _ in seconds(50_000) }.min() ?? 0
        let many = (0..<3).map { _ in seconds(100_000) }.min() ?? 0
        #expect(many < 4 * few, "\(few) s and \(many) s")
    }

    @Test("Threads acquire and release at once and read without a lock")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<4 {
                group.addTask {
                    (0..<20_000).allSatisfy { round in
                        let type = 2_000_000 + (round * 7 + task) % 300
                        let number = Self.acquire(Self.parameters(type))
                        defer { wasmc_type_release(number) }
                        return Self.describe(number).parameters == Self.parameters(type)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
