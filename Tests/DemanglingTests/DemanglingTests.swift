import Demangling
import Testing
import WasmText
import WasmEngine

@Suite struct DemanglingTests {
    @Test(
        "Rust's names, by the grammar of RFC 2603",
        arguments: [
            // Paths and disambiguators.
            ("_RNvC7mycrate3foo", "mycrate::foo"), ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
            ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"), ("_RNvC6_123foo3bar", "123foo::bar"),
            ("_RNCNvC7mycrate4main0", "mycrate::main::{closure#0}"),
            ("_RNCNCNvC7mycrate4mains_0s0_0", "mycrate::main::{closure#1}::{closure#2}"),
            ("_RNSNvC7mycrate4main6vtable", "mycrate::main::{shim:vtable#0}"),
            ("_RNXNvC7mycrate4main0", "mycrate::main::{X#0}"),
            // Implementations.
            ("_RNvMC7mycrateNtB2_3Foo3bar", "<mycrate::Foo>::bar"),
            ("_RNvMs_C7mycrateNtB4_3Foo3bar", "<mycrate::Foo>::bar"),
            ("_RNvXC7mycrateNtB2_3FooNtB2_5Trait3bar", "<mycrate::Foo as mycrate::Trait>::bar"),
            ("_RNvYNtC7mycrate3FooNtB4_5Trait3bar", "<mycrate::Foo as mycrate::Trait>::bar"),
            // Generic arguments, and the crate that the code is for.
            (
                "_RINvNtC3std3mem8align_ofNtNtC3std3mem12DiscriminantEC3foo",
                "std::mem::align_of::<std::mem::Discriminant>"
            ),
            ("_RINvC3foo3barTlllEmE", "foo::bar::<(i32, i32, i32), u32>"),
            ("_RINvC3foo3barL_lE", "foo::bar::<'_, i32>"),
            ("_RINvC3foo3barINtC1a1BlEBb_E", "foo::bar::<a::B<i32>, a::B<i32>>"),
            // Types.
            (
                "_RINvC1a1baabbccddeeffhhE",
                "a::b::<i8, i8, bool, bool, char, char, f64, f64, str, str, f32, f32, u8, u8>"
            ),
            (
                "_RINvC1a1bijlmnopstuvxyzE",
                "a::b::<isize, usize, i32, u32, i128, u128, _, i16, u16, (), ..., i64, u64, !>"
            ),
            ("_RINvC1a1bAlj2_ShReQmPxOyE", "a::b::<[i32; 2], [u8], &str, &mut u32, *const i64, *mut u64>"),
            ("_RINvC1a1bTETlETlmEE", "a::b::<(), (i32,), (i32, u32)>"),
            (
                "_RINvC1a1bFEuFUKCllEzFK5C_abiEmE",
                "a::b::<fn(), unsafe extern \"C\" fn(i32, i32) -> !, extern \"C-abi\" fn() -> u32>"
            ),
            ("_RINvC1a1bFG_RL0_lERL0_lE", "a::b::<for<'a> fn(&'a i32) -> &'a i32>"),
            ("_RINvC1a1bFG0_RL0_lRL1_mEuE", "a::b::<for<'a, 'b> fn(&'b i32, &'a u32)>"),
            ("_RINvC1a1bDNtC1t1TEL_E", "a::b::<dyn t::T>"),
            ("_RINvC1a1bDNtC1t1TNtC1t4SendEL_E", "a::b::<dyn t::T + t::Send>"),
            ("_RINvC1a1bDNtC1t8Iteratorp4ItemlEL_E", "a::b::<dyn t::Iterator<Item = i32>>"),
            ("_RINvC1a1bDINtC1t1TmEp1Alp1BeEL_E", "a::b::<dyn t::T<u32, A = i32, B = str>>"),
            ("_RINvC1a1bDG_INtC1t2FnTRL0_eEEp6OutputuEL_E", "a::b::<dyn for<'a> t::Fn<(&'a str,), Output = ()>>"),
            // Constants.
            ("_RINvC1a1bKj0_Kjff_Kln7f_Kb1_Kb0_Kc76_Kc27_KpE", "a::b::<0, 255, -127, true, false, 'v', '\\'', _>"),
            ("_RINvC1a1bKo100000000000000000_E", "a::b::<0x100000000000000000>"),
            ("_RINvC1a1bKyffffffffffffffff_E", "a::b::<18446744073709551615>"),
            ("_RINvC1a1bKRe616263_KRm1_E", "a::b::<{\"abc\"}, {&1}>"),
            ("_RINvC1a1bKAm1_m2_EKTm1_EKVNvC1s1SUE", "a::b::<{[1, 2]}, {(1,)}, {s::S}>"),
            ("_RINvC1a1bKVNvC1s1STm1_EKVNvC1s1SS1xm1_1yb0_EE", "a::b::<{s::S(1)}, {s::S { x: 1, y: false }}>"),
            // Unicode.
            (
                "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
                "utf8_idents::საჭმელად_გემრიელი_სადილი"
            ),
            ("_RNvC1au11bergang_m2a", "a::übergang"),
            // What linkers and LLVM add.
            ("_RNvC7mycrate3foo.llvm.1234", "mycrate::foo"), ("_RNvC7mycrate3foo$hot", "mycrate::foo"),
        ])
    func rust(_ symbol: String, _ name: String) { #expect(demangled(symbol) == name) }

    @Test(
        "Damaged Rust names stay as they are",
        arguments: [
            "_R", "_RC", "_R0NvC1a1b", "_RNvC1a", "_RNvC1a9b", "_RNvC99999999999999999999999a1b", "_RNvC1a1bx",
            "_RNvC1a1bC", "_RNvB_1b",
            "_RNvB2_1b", "_RNvBzzzzzzzzzzzzzzzzzzzzzzz_1b", "_RINvC1a1bl", "_RINvC1a1bTlE", "_RINvC1a1bKj00_E",
            "_RINvC1a1bKjg_E",
            "_RINvC1a1bKc110000_E", "_RINvC1a1bKb2_E", "_RINvC1a1bL0_E", "_RINvC1a1bFGzzzzz_EuE", "_RINvC1a1bKRe6_E",
            "_RINvC1a1bKReff_E",
            "_RNvC1au3999", "_RNvC1au8_99999999", "_RNvC1as_zzzzzzzzzzzzzz_1b", "_RN1C1a1b",
        ])
    func damaged(_ symbol: String) { #expect(demangled(symbol) == symbol) }

    @Test("Names that stand for too much stay as they are", arguments: HostileNames.all)
    func hostile(_ symbol: String) { #expect(demangled(symbol) == symbol) }

    @Test("Names that refer to themselves a few times are written out")
    func repeated() {
        #expect(demangled(HostileNames.tuples(1)) == "a::b::<(i32, i32), ((i32, i32), (i32, i32), (i32, i32))>")
        #expect(demangled(HostileNames.tuples(4)).utf8.count > 1_000)
    }

    @Test("Any change of a byte gives some name")
    func changes() {
        var seed = UInt64(2603)
        func random(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % count
        }
        let names = [
            "_RINvC1a1bDG_INtC1t2FnTRL0_eEEp6OutputuEL_KVNvC1s1SS1xm1_1yb0_EE", "_ZNSt6vectorIiSaIiEE9push_backERKi",
            "$s1m1fyyAA1GVyADyADyS2iGAEGAFGF", "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
            "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
        ]
        let letters = Array("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.$é".utf8)
        for number in 0..<20_000 {
            var bytes = Array(names[number % names.count].utf8)
            for _ in 0...random(3) { bytes[2 + random(bytes.count - 2)] = letters[random(letters.count)] }
            #expect(demangled(String(decoding: bytes, as: UTF8.self)).utf8.count <= 1 << 22)
        }
    }

    @Test("Swift and C++, which refer to earlier parts of names, too")
    func others() {
        #expect(
            demangled("$s1m1fyyAA1GVyADyADyS2iGAEGAFGF")
                == """
                m.f(m.G<m.G<m.G<Swift.Int, Swift.Int>, m.G<Swift.Int, Swift.Int>>, m.G<m.G<Swift.Int, Swift.Int>, \
                m.G<Swift.Int, Swift.Int>>>) -> ()
                """
        )
        #expect(demangled("_$s1m1fyyF") == "m.f() -> ()")
        #expect(
            demangled("_ZNSt6vectorIiSaIiEE9push_backERKi")
                == "std::vector<int, std::allocator<int>>::push_back(int const&)")
        #expect(demangled("_Z") == "_Z" && demangled("plain") == "plain" && demangled("") == "")
    }

    @Test("Frames have the names")
    func frames() throws {
        let symbol = "_RNvNtCs1234_7mycrate3foo3bar"
        let instance = try Engine().compile(
            Module(text: "(module (func (export \"f\") (call $\(symbol))) (func $\(symbol) unreachable))")
        ).instantiate()
        let error = #expect(throws: Trap.self) { try instance.function("f").call() }
        #expect(error?.backtrace?.innermost.first?.functionName == "mycrate::foo::bar")
    }
}

/// Each stands for gigabytes, or for a recursion without end.
private enum HostileNames {
    static let all: [String] = {
        let itanium = "_Z1f1AIiiE" + (1...30).map { "S_I\(sequence($0))\(sequence($0))E" }.joined()
        let swift =
            "$s1m1fyyAA1GVy" + String(repeating: "ADy", count: 18) + "S2iG"
            + (0..<18).map { "A\(Character(Unicode.Scalar(UInt8(69 + $0))))G" }.joined() + "F"
        return [
            tuples(16), itanium, swift, "_RINvC1a1b" + String(repeating: "S", count: 10_000) + "lE",
            "_RNvC1au9999" + String(repeating: "a", count: 9_999),
            "_Z1f" + String(repeating: "P", count: 100_000) + "i",
            "$s1m1fyySi" + String(repeating: "Sg", count: 100_000) + "F",
            // GCC's demangler does not come back from this one.
            "_ZN4llvmlsINS_33MachineOptimizationRemarkAnalysisEEERT_OS2_NSt9enable_ifIX"
                + "sr3std10is_base_ofINS_30DiagnosticypeE",
        ]
    }()

    /// Each of three of the one before.
    static func tuples(_ levels: Int) -> String {
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        var (name, previous) = ("INvC1a1bTllE", 8)
        for _ in 0..<levels {
            let reference = "B\(digits[(previous - 1) / 62])\(digits[(previous - 1) % 62])_"
            (name, previous) = (name + "T\(reference)\(reference)\(reference)E", name.utf8.count)
        }
        return "_R\(name)E"
    }
    static func sequence(_ value: Int) -> String {
        value == 0 ? "S_" : "S\(String(value - 1, radix: 36, uppercase: true))_"
    }
}
