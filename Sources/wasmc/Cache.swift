import ArgumentParser
import Foundation
import WasmEngine

struct Cache: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the cache of compiled modules, or empty it.",
        discussion: """
            The cache is the directory $WASMC_CACHE, else $XDG_CACHE_HOME/wasmc, else ~/.cache/wasmc; WASMC_CACHE=off \
            switches it off. It keeps 1 GiB and drops what was not used for the longest time.
            """,
        subcommands: [List.self, Add.self, Clean.self, Path.self])

    static func directory() throws -> CodeCache {
        guard let cache = CodeCache.user else {
            throw Failure("there is no cache: WASMC_CACHE is off, or neither XDG_CACHE_HOME nor HOME is set")
        }
        return cache
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the compiled modules, the one used last at first.")

        @Flag(help: "Print JSON.") var json = false

        private struct Row: Encodable {
            var name: String
            var byteCount: Int
            var lastUse: String
            /// What it was made from and with; `nil` for a file that cannot be read.
            var sourceDigest, settings, compiler: String?
        }

        func run() throws {
            let cache = try Cache.directory()
            let modules = cache.storedModules
            let rows = modules.map { module in
                let artifact = try? Artifact(
                    bytes: ModuleFile.bytes(PathName(argument: cache.directory + "/" + module.name)))
                let lastUse = Date(timeIntervalSince1970: TimeInterval(module.lastUse)).formatted(.iso8601)
                return Row(
                    name: module.name, byteCount: module.byteCount, lastUse: lastUse,
                    sourceDigest: artifact?.sourceDigest,
                    settings: artifact?.settings, compiler: artifact?.compiler)
            }
            if json {
                return try Output.printJSON(rows)
            }
            for row in rows {
                let origin =
                    row.sourceDigest.map { "module \($0.prefix(16)), \(row.settings ?? "")" }
                    ?? "damaged, or another version's"
                try Output.print("\(row.name.prefix(16))  \(row.byteCount.counted("byte"))  \(row.lastUse)  \(origin)")
            }
            try Output.print(
                rows.count.counted("compiled module") + ", "
                    + modules.reduce(0) { $0 + $1.byteCount }.counted("byte") + " of \(cache.byteLimit)"
            )
        }
    }

    struct Clean: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete every compiled module in the cache.")

        func run() throws { try Output.print("\(try Cache.directory().clean()) files deleted") }
    }

    struct Path: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the cache's directory.")

        func run() throws { try Output.print(try Cache.directory().directory) }
    }
}
