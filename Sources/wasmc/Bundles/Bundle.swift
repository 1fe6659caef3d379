import Foundation
import WasmEngine

/// A Swift artifact bundle (SE-0482) of a module: a static library that holds the module's code and the runtime, C
/// headers, a module map, and the Swift wrapper. Another package uses it as a binary target, without wasmc and LLVM.
struct Bundle {
    let path: PathName
    private let name: String
    private let architecture: Substring

    /// - Parameter path: ends in `.artifactbundle`, as SwiftPM wants it.
    init(_ path: PathName, target: Target) throws {
        guard path.hasSuffix(".artifactbundle") else {
            throw Failure("\(path): a bundle's name ends in .artifactbundle")
        }
        self.path = path
        architecture = target.triple.prefix { $0 != "-" }
        name = path.name.withoutExtension.description
        guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil else {
            throw Failure(
                "\(path): a bundle's name is one of C's, of letters, digits and underscores; choose one with --output")
        }
        guard architecture == Target.portable.triple.prefix(while: { $0 != "-" }) else {
            throw Failure("\(path): the runtime beside this compiler is for this machine, not for \(architecture)")
        }
    }

    /// The Clang module of a module's C header.
    private var cModule: String { "C" + name }

    /// What the `info.json` of every bundle holds.
    private static let mark = "\"schemaVersion\""

    func write(_ module: Module, with engine: Engine) throws {
        let runtime = try RuntimeLibrary()
        let (object, header) = try engine.compiling { try $0.linkableObject(of: module, name: name) }
        let wrapper = try engine.swiftWrapper(of: module, name: name, cModule: cModule)
        let folder = URL(fileURLWithPath: path.description)
        try requireReplaceable(folder)
        // All of it appears at once, beside what it replaces.
        let made = folder.deletingLastPathComponent().appending(path: ".\(folder.lastPathComponent).\(getpid())")
        defer { try? FileManager.default.removeItem(at: made) }
        do {
            let include = made.appending(path: "include")
            try FileManager.default.createDirectory(at: include, withIntermediateDirectories: true)
            for file in try runtime.headers() {
                try FileManager.default.copyItem(at: file, to: include.appending(path: file.lastPathComponent))
            }
            try Data(header.utf8).write(to: include.appending(path: name + ".h"))
            try Data(moduleMap.utf8).write(to: include.appending(path: "module.modulemap"))
            let swift = made.appending(path: "swift")
            try FileManager.default.createDirectory(at: swift, withIntermediateDirectories: true)
            try Data(wrapper.source.utf8).write(to: swift.appending(path: wrapper.type + ".swift"))
            try Data(info.utf8).write(to: made.appending(path: "info.json"))
            var library = try StaticLibrary(runtime.bytes())
            library.add(object, defining: name + "_module")
            try Data(library.bytes).write(to: made.appending(path: libraryName))
            if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
            try FileManager.default.moveItem(at: made, to: folder)
        } catch let error as CocoaError {
            throw Failure("\(path): the bundle cannot be written: \(error.localizedDescription)")
        }
    }

    /// A folder that is no bundle stays.
    private func requireReplaceable(_ folder: URL) throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        let info = try? String(contentsOf: folder.appending(path: "info.json"), encoding: .utf8)
        guard let info, info.contains(Self.mark) else {
            throw Failure("\(path): this is there and no artifact bundle; name another one with --output")
        }
    }

    private var libraryName: String { "lib\(name).a" }

    private var moduleMap: String {
        """
        module \(cModule) {
            header "\(name).h"
            export *
            link "m"
        }

        """
    }

    private var info: String {
        """
        {
          "schemaVersion": "1.0",
          "artifacts": {
            "\(cModule)": {
              "type": "staticLibrary",
              "version": "\(Engine.version)",
              "variants": [
                {
                  "path": "\(libraryName)",
                  "supportedTriples": ["\(architecture)-unknown-linux-gnu"],
                  "staticLibraryMetadata": { "headerPaths": ["include"], "moduleMapPath": "include/module.modulemap" }
                }
              ]
            }
          }
        }

        """
    }
}
