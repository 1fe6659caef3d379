import Foundation
import WasmEngine

/// The C runtime as a static library with its headers, as it lies beside this compiler: installed, or in the folder
/// where SwiftPM has built both.
struct RuntimeLibrary {
    private let library: URL
    private let include: URL

    init() throws {
        let compiler = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let folder = compiler.deletingLastPathComponent()
        let name = "libWasmcRuntime.a"
        let places = [
            (folder.appending(path: "../lib/" + name), folder.appending(path: "../include/wasmc")),
            // .build/<triple>/<configuration> in the package.
            (folder.appending(path: name), folder.appending(path: "../../../Runtime/include")),
        ]
        guard let place = places.first(where: { FileManager.default.fileExists(atPath: $0.0.path) }) else {
            throw Failure(
                """
                the library \(name) is neither in \(places[0].0.standardizedFileURL.deletingLastPathComponent().path) \
                nor beside the compiler: `make install` puts it there, `swift build --product WasmcRuntime` makes it
                """
            )
        }
        (library, include) = (place.0.standardizedFileURL, place.1.standardizedFileURL)
    }

    func bytes() throws -> [UInt8] {
        do { return try Array(Data(contentsOf: library)) } catch {
            throw Failure("\(library.path): \(error.localizedDescription)")
        }
    }

    func headers() throws -> [URL] {
        let files = try? FileManager.default.contentsOfDirectory(at: include, includingPropertiesForKeys: nil)
        let headers = (files ?? []).filter { $0.pathExtension == "h" }
        guard !headers.isEmpty else { throw Failure("\(include.path): the runtime's headers are not there") }
        return headers
    }
}
