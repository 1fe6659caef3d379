import Testing

/// Short versions of the repository's long runs.
@Suite(.serialized) struct EnduranceTests {
    @Test(
        "Calls that end early in every way leave nothing behind",
        arguments: [[], ["--threads", "64"], ["--threads", "64", "--tasks"]])
    func endurance(_ how: [String]) throws {
        let outcome = try run("dev", ["endurance", "--count", "4800"] + how)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("4800 calls ended in 24 ways"))
    }

    @Test(
        "Plug-ins whose host functions call their alloc leave nothing behind", arguments: ["imports", "linker", "pool"])
    func requests(_ way: String) throws {
        let outcome = try run("dev", ["requests", "--count", "500", "--way", way])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("\(way): "))
    }

    @Test(
        "Guests stop at random instants whatever they do, and the next call is as always",
        arguments: ["checked", "guarded"])
    func latency(_ memory: String) throws {
        let outcome = try run(
            "dev", ["latency", "--count", "40", "--bytes", "33554432", "--pause", "5", "--memory", memory])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasSuffix("0 missed, 0 following calls affected\n"))
    }
}
