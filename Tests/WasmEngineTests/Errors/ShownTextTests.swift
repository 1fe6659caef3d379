import CRuntime
import Testing
import Wasm

@Suite("Text of modules is shown without harm") struct ShownTextTests {
    @Test("What a terminal obeys or hides is escaped, quotation marks only between such")
    func escaping() {
        #expect("plain, ünïcode 漢字 🙂".shown == "plain, ünïcode 漢字 🙂")
        #expect(
            "\u{1B}[2J\n\u{7}\u{85}\u{202E}\u{200B}\u{E0001}".shown
                == "\\u{1b}[2J\\u{a}\\u{7}\\u{85}\\u{202e}\\u{200b}\\u{e0001}")
        #expect("a\"b\\c".shown == "a\"b\\c" && "a\"b\\c".quoted == "\"a\\\"b\\\\c\"")
    }

    @Test("Of long text both ends are shown")
    func shortening() {
        let text = String(repeating: "a", count: 100_000) + "end"
        #expect(
            text.shown.hasPrefix(String(repeating: "a", count: 120) + "... (100003 bytes) ...a")
                && text.shown.hasSuffix("end"))
        #expect(text.shown.utf8.count < 200)
    }

    @Test("C and Swift show the same")
    func twoLanguages() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0...300, using: &generator)).map { _ -> Unicode.Scalar in
                let most: UInt32 = [0x80, 0x800, 0x2100, 0x10FFFF].randomElement(using: &generator) ?? 0
                return Unicode.Scalar(UInt32.random(in: 0...most, using: &generator)) ?? "x"
            }
            let text = String(String.UnicodeScalarView(scalars))
            var shown = [CChar](repeating: 0, count: Int(WASMC_SHOWN_BYTES))
            wasmc_show_text(Array(text.utf8), text.utf8.count, &shown)
            #expect(
                String(decoding: shown.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == text.shown)
        }
    }
}
