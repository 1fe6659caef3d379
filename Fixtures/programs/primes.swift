// Reads numbers and factors them, in Embedded Swift over the C library's characters.
@_extern(c, "getchar") func getchar() -> Int32
@_extern(c, "putchar") func putchar(_ character: Int32) -> Int32

struct Sieve {
    private(set) var primes: [UInt32] = []

    init(below limit: Int) {
        var isComposite = [Bool](repeating: false, count: limit)
        for number in 2..<limit where !isComposite[number] {
            primes.append(UInt32(number))
            for multiple in stride(from: 2 * number, to: limit, by: number) { isComposite[multiple] = true }
        }
    }

    func factors(of number: UInt32) -> [(prime: UInt32, power: Int)] {
        var (rest, found) = (number, [(prime: UInt32, power: Int)]())
        for prime in primes where rest % prime == 0 {
            var power = 0
            while rest % prime == 0 {
                rest /= prime
                power += 1
            }
            found.append((prime, power))
        }
        if rest > 1 { found.append((rest, 1)) }
        return found
    }
}

func show(_ text: StaticString) {
    text.withUTF8Buffer { for byte in $0 { _ = putchar(Int32(byte)) } }
}

func show(_ number: UInt32) {
    if number >= 10 { show(number / 10) }
    _ = putchar(Int32(48 + number % 10))
}

@main struct Primes {
    static func main() {
        let sieve = Sieve(below: 65_536)
        var number: UInt32? = nil
        while true {
            let character = getchar()
            if let digit = UInt32(exactly: character - 48), digit < 10 {
                number = (number ?? 0) &* 10 &+ digit
                continue
            }
            if let given = number, given > 0 {
                show(given)
                show(" =")
                for (index, factor) in sieve.factors(of: given).enumerated() {
                    show(index == 0 ? " " : " * ")
                    show(factor.prime)
                    if factor.power > 1 {
                        show("^")
                        show(UInt32(factor.power))
                    }
                }
                show("\n")
            }
            number = nil
            if character < 0 { return }
        }
    }
}
