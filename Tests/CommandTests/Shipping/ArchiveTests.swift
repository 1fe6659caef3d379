import Foundation
import Testing

/// What `make dist` makes, of this build's executables, and what users make of bundles.
@Suite struct ArchiveTests {
    private static let hasNamespaces =
        (try? run("/usr/bin/unshare", ["--user", "--map-root-user", "--mount", "--pid", "--fork", "true"]).status) == 0

    @Test(
        "The archive and the Debian package run with a C library and nothing else",
        .enabled(if: hasNamespaces, "unshare makes no root of its own here"))
    func archive() throws {
        let folder = try temporaryFolder()
        let line = """
            set -e
            cd \(package.path)
            WASMC_MANUAL=off .ci/dist \(products.path) \(folder.path) >/dev/null
            for file in \(folder.path)/*.tar.gz \(folder.path)/*.deb; do [ ! -e $file ] || .ci/check-dist $file; done
            """
        let outcome = try shell(line, in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.text.contains("tar.gz runs with nothing but a C library"))
    }

    @Test("A package without wasmc and LLVM uses a module through its bundle")
    func bundle() throws {
        let outcome = try run(package.path + "/.ci/check-bundle", [products.appending(path: "wasmc").path])
        #expect(outcome.text.hasPrefix("a package uses the module through its bundle, "), "\(outcome.errors)")
    }

    @Test("swift run runs a program for WebAssembly with what is installed")
    func toolset() throws {
        let folder = try temporaryFolder()
        let line = """
            set -e
            cd \(package.path)
            WASMC_MANUAL=off .ci/install \(products.path) \(folder.path) >/dev/null
            .ci/check-toolset \(folder.path)
            """
        let outcome = try shell(line, in: folder)
        #expect(outcome.text == "swift run runs a program for WebAssembly with wasmc\n", "\(outcome.errors)")
    }
}
