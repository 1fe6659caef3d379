import Foundation
import Testing

/// `dev layers`, on the runtime itself and on scratch folders with planted offences.
@Suite struct RuntimeLayerTests {
    /// Two layers in order: nothing to complain about.
    static let sound = [
        "support/words.h": "int wasmc_words(void);\n",
        "support/words.c": "#include \"words.h\"\nint wasmc_words(void) { return 1; }\n",
        "store/pages.c": "#include \"../support/words.h\"\nint wasmc_pages(void) { return wasmc_words(); }\n",
    ]

    /// What `dev layers` says of these sources, compiled by C's compiler.
    private func layers(_ sources: [String: String], changedLater later: [String] = []) throws -> Outcome {
        let folder = try temporaryFolder()
        let sourceFolder = folder.appending(path: "Runtime"), objects = folder.appending(path: "objects")
        for (name, text) in sources {
            for file in [sourceFolder.appending(path: name), objects.appending(path: name)] {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            try Data(text.utf8).write(to: sourceFolder.appending(path: name))
        }
        for name in sources.keys where name.hasSuffix(".c") {
            let object = objects.appending(path: name + ".o").path
            let compiled = try run(
                "/usr/bin/env", ["clang-22", "-c", sourceFolder.appending(path: name).path, "-o", object])
            try #require(compiled.status == 0, "\(compiled.errors)")
        }
        for name in later {
            let file = sourceFolder.appending(path: name).path
            try FileManager.default.setAttributes([.modificationDate: Date.now + 60], ofItemAtPath: file)
        }
        return try run("dev", ["layers", sourceFolder.path, objects.path])
    }

    @Test("The runtime's own layers are in order")
    func runtime() throws {
        let outcome = try run("dev", ["layers", package.appending(path: "Runtime").path])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    @Test("Sound layers pass")
    func soundLayers() throws {
        let outcome = try layers(Self.sound)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    @Test(
        "A planted offence is found, and the message names it",
        arguments: [
            (
                ["support/clock.c": "int nanoseconds(void) { return 1; }"],
                "support/clock.c defines nanoseconds, which a program may define, too: begin it with wasmc_"
            ),
            (
                ["support/up.c": "int wasmc_pages(void); int wasmc_up(void) { return wasmc_pages(); }"],
                "support/up.c uses wasmc_pages of store/pages.c, a higher layer"
            ),
            (
                ["store/store.h": "", "support/up.h": "#include \"../store/store.h\""],
                "support/up.h includes store/store.h, of a higher layer"
            ),
            (
                [
                    "store/a.c": "int wasmc_b(void); int wasmc_a(void) { return wasmc_b(); }",
                    "store/b.c": "int wasmc_a(void); int wasmc_b(void) { return wasmc_a(); }",
                ], "these files use one another in a circle: store/a.c -> store/b.c -> store/a.c"
            ),
            (
                ["store/words.c": "int wasmc_more_words(void) { return 1; }"],
                "store/words.c and support/words.c have one name, by which an archive's members are replaced"
            ),
            (
                ["helpers/a.c": "int wasmc_a(void) { return 1; }"],
                "helpers/a.c is in no layer: its folder is one of support, "
            ),
        ] as [([String: String], String)])
    func offences(_ planted: [String: String], _ complaint: String) throws {
        let outcome = try layers(Self.sound.merging(planted) { $1 })
        #expect(outcome.status == 1 && outcome.text.contains(complaint), "\(outcome.text)\(outcome.errors)")
    }

    @Test("What has been changed since it was compiled is not judged")
    func staleObjects() throws {
        let outcome = try layers(Self.sound, changedLater: ["store/pages.c"])
        #expect(outcome.status == 1 && outcome.text.contains("store/pages.c has been changed since it was compiled"))
    }
}
