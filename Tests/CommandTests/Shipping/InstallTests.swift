import Foundation
import Testing

/// What `make install` leaves, with this build's executables. `make dist` and `.ci/check-dist` try the archive.
@Suite struct InstallTests {
    @Test("What is installed runs, completes in three shells, and gives a C program all that it links")
    func install() throws {
        let folder = try temporaryFolder()
        let examples = package.appending(path: "Sources/Examples/Linked")
        let installed = try run(
            package.path + "/.ci/install", [products.path, "/opt/wasmc", folder.path],
            environment: ProcessInfo.processInfo.environment.merging(["WASMC_MANUAL": "off"]) { $1 })
        try #require(installed.status == 0, "\(installed.errors)")
        #expect(installed.text.firstMatch(of: /^[0-9]+\.[0-9]+\.[0-9]+\n$/) != nil)

        // Moved, it still finds its parts; a program in C needs what pkg-config says, and nothing else.
        try FileManager.default.moveItem(at: folder.appending(path: "opt/wasmc"), to: folder.appending(path: "moved"))
        let line = """
            set -e
            export PKG_CONFIG_PATH=$PWD/moved/lib/pkgconfig
            cp \(examples.path)/greeter.wat \(examples.path)/main.c .
            moved/bin/wasmc compile --emit object greeter.wat
            clang-22 -Wall -Werror -I. main.c greeter.o $(pkg-config --cflags --libs wasmc-runtime) -o main
            ./main | head -1
            cd moved/share
            for shell in bash-completion/completions/wasmc zsh/site-functions/_wasmc \
                fish/vendor_completions.d/wasmc.fish
            do grep -q precompiled $shell && echo $shell; done
            bash -c 'source bash-completion/completions/wasmc && complete -p wasmc' >/dev/null && echo complete
            """
        let used = try shell(line, in: folder)
        #expect(
            used.text == """
                hello from linked code
                bash-completion/completions/wasmc
                zsh/site-functions/_wasmc
                fish/vendor_completions.d/wasmc.fish
                complete

                """, "\(used.errors)")
    }
}
