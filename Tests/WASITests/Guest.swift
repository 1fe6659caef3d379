import CRuntime
import Foundation
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// Every function of `wasi_snapshot_preview1`, as the specification has it: one letter for each parameter, i for i32
/// and I for i64. All but proc_exit answer an errno.
let functionTypes: KeyValuePairs<String, String> = [
    "args_get": "ii", "args_sizes_get": "ii", "environ_get": "ii", "environ_sizes_get": "ii", "clock_res_get": "ii",
    "clock_time_get": "iIi", "fd_advise": "iIIi", "fd_allocate": "iII", "fd_close": "i", "fd_datasync": "i",
    "fd_fdstat_get": "ii", "fd_fdstat_set_flags": "ii", "fd_fdstat_set_rights": "iII", "fd_filestat_get": "ii",
    "fd_filestat_set_size": "iI", "fd_filestat_set_times": "iIIi", "fd_pread": "iiiIi", "fd_prestat_get": "ii",
    "fd_prestat_dir_name": "iii", "fd_pwrite": "iiiIi", "fd_read": "iiii", "fd_readdir": "iiiIi", "fd_renumber": "ii",
    "fd_seek": "iIii", "fd_sync": "i", "fd_tell": "ii", "fd_write": "iiii", "path_create_directory": "iii",
    "path_filestat_get": "iiiii", "path_filestat_set_times": "iiiiIIi", "path_link": "iiiiiii",
    "path_open": "iiiiiIIii",
    "path_readlink": "iiiiii", "path_remove_directory": "iii", "path_rename": "iiiiii", "path_symlink": "iiiii",
    "path_unlink_file": "iii", "poll_oneoff": "iiii", "proc_exit": "i", "proc_raise": "i", "sched_yield": "",
    "random_get": "ii", "sock_accept": "iii", "sock_recv": "iiiiii", "sock_send": "iiiii", "sock_shutdown": "ii",
]

enum Errno: UInt32 {
    case success = 0
    case acces = 2
    case again = 6
    case badf = 8
    case busy = 10
    case exist = 20
    case fault = 21
    case fbig = 22
    case ilseq = 25
    case inval = 28
    case io = 29
    case isdir = 31
    case loop = 32
    case mfile = 33
    case nametoolong = 37
    case noent = 44
    case nomem = 48
    case nospc = 51
    case notconn = 53
    case notdir = 54
    case notempty = 55
    case notsock = 57
    case notsup = 58
    case nxio = 60
    case perm = 63
    case pipe = 64
    case rofs = 69
    case spipe = 70
    case notcapable = 76
}

enum Rights {
    static let read: UInt64 = 1 << 1
    static let seek: UInt64 = 1 << 2
    static let write: UInt64 = 1 << 6
    static let readdir: UInt64 = 1 << 14
    static let readWrite = read | write
}

enum OpenFlags {
    static let create: UInt32 = 1
    static let directory: UInt32 = 2
    static let exclusive: UInt32 = 4
    static let truncate: UInt32 = 8
}

/// A guest that calls one function with the arguments it is given, on a context of its own.
final class Guest {
    /// Places in the guest's memory of 2 pages.
    enum At {
        static let result: UInt32 = 256
        static let list: UInt32 = 512
        static let path: UInt32 = 1024
        static let otherPath: UInt32 = 8192
        static let buffer: UInt32 = 16_384
    }
    static let memoryByteCount: UInt32 = 131_072

    private static func compiled(_ module: String) -> Result<CompiledModule, any Error> {
        Result {
            func wasm(_ letters: String) -> String { letters.map { $0 == "I" ? " i64" : " i32" }.joined() }
            var text = "(module\n"
            for (name, letters) in functionTypes {
                text +=
                    """
                    (import \"\(module)\" \"\(name)\" (func $\(name) \
                    (param\(wasm(letters)))\(name == "proc_exit" ? "" : " (result i32)")))\n
                    """
            }
            text += "(memory (export \"memory\") 2)\n"
            for (name, letters) in functionTypes {
                let arguments = letters.indices.map {
                    "(local.get \(letters.distance(from: letters.startIndex, to: $0)))"
                }.joined()
                text +=
                    """
                    (func (export \"\(name)\") (param\(wasm(letters)))\(name == "proc_exit" ? "" : " (result i32)") \
                    (call $\(name) \(arguments)))\n
                    """
            }
            return try Engine(options: .init(optimization: .none)).compile(Module(text: text + ")"))
        }
    }
    private static let preview1 = compiled("wasi_snapshot_preview1")
    private static let unstable = compiled("wasi_unstable")

    let wasi: WASI
    /// How many calls answered success.
    private(set) var successCount = 0
    let instance: Instance
    private let memory: Memory

    init(_ wasi: WASI, isUnstable: Bool = false) throws {
        self.wasi = wasi
        var imports = Imports()
        imports.define(wasi)
        instance = try (isUnstable ? Self.unstable : Self.preview1).get().instantiate(imports: imports)
        guard case .memory(let memory) = instance.export("memory") else { throw UsageError.growRefused }
        self.memory = memory
    }

    /// A guest whose descriptor 3 is a folder.
    convenience init(_ folder: WASI.MemoryFolder, isReadOnly: Bool = false, walks: Bool = false) throws {
        try self.init(
            WASI(
                preopens: [.init(folder, guest: "/", isReadOnly: isReadOnly)], stdin: .empty, stdout: .discarded,
                stderr: .discarded))
        if walks { wasmc_wasi_resolve_by_walking(wasi.context) }
    }

    func raw(_ name: String, _ arguments: [UInt64]) throws -> UInt32 {
        let letters = functionTypes.first { $0.key == name }?.value ?? ""
        let values: [Value] = zip(letters, arguments).map {
            $0 == "I" ? .i64(Int64(bitPattern: $1)) : .i32(Int32(truncatingIfNeeded: $1))
        }
        guard case .i32(let answer)? = try instance.function(name).call(values).first else { return 0 }
        if answer == 0 { successCount += 1 }
        return UInt32(bitPattern: answer)
    }

    @discardableResult func call(_ name: String, _ arguments: any FixedWidthInteger...) throws -> Errno {
        let answer = try raw(name, arguments.map { UInt64(truncatingIfNeeded: $0) })
        return try #require(Errno(rawValue: answer), "\(name) answered \(answer)")
    }

    func put(_ bytes: [UInt8], at address: UInt32) throws { try memory.write(bytes, at: UInt64(address)) }
    func put(words: [UInt32], at address: UInt32) throws {
        try put(words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }, at: address)
    }
    func bytes(at address: UInt32, _ count: Int) throws -> [UInt8] {
        try memory.read(at: UInt64(address), byteCount: count)
    }
    func integer(at address: UInt32, _ byteCount: Int) throws -> UInt64 {
        try bytes(at: address, byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var result: UInt32 { get throws { UInt32(try integer(at: At.result, 4)) } }

    /// Calls a function whose arguments begin with a descriptor and a path.
    @discardableResult func onPath(
        _ name: String, _ path: String, in directory: UInt32 = 3, before: [UInt64] = [],
        _ after: any FixedWidthInteger...
    ) throws -> Errno {
        try put(Array(path.utf8), at: At.path)
        let arguments =
            [UInt64(directory)] + before + [UInt64(At.path), UInt64(path.utf8.count)]
            + after.map { UInt64(truncatingIfNeeded: $0) }
        return try #require(Errno(rawValue: try raw(name, arguments)))
    }

    func open(
        _ path: String, in directory: UInt32 = 3, follows: Bool = true, _ options: UInt32 = 0,
        rights: UInt64 = Rights.read,
        flags: UInt32 = 0
    ) throws -> Errno {
        try onPath(
            "path_open", path, in: directory, before: [follows ? 1 : 0], options, rights, UInt64.max, flags, At.result)
    }

    /// The descriptor of a path that can be opened.
    func descriptor(
        _ path: String, in directory: UInt32 = 3, _ options: UInt32 = 0, rights: UInt64 = Rights.readWrite,
        flags: UInt32 = 0
    ) throws -> UInt32 {
        let answer = try open(path, in: directory, options, rights: rights, flags: flags)
        try #require(answer == .success, "opening \(path): \(answer)")
        return try result
    }

    /// Calls path_rename, path_link or path_symlink.
    func onPaths(_ name: String, _ first: String, _ second: String, _ directory: UInt32 = 3) throws -> Errno {
        try put(Array(first.utf8), at: At.path)
        try put(Array(second.utf8), at: At.otherPath)
        let (a, b) = ([UInt64(At.path), UInt64(first.utf8.count)], [UInt64(At.otherPath), UInt64(second.utf8.count)])
        let arguments =
            switch name {
            case "path_symlink": a + [UInt64(directory)] + b
            case "path_link": [UInt64(directory), 0] + a + [UInt64(directory)] + b
            default: [UInt64(directory)] + a + [UInt64(directory)] + b
            }
        return try #require(Errno(rawValue: try raw(name, arguments)))
    }

    func write(_ text: String, to descriptor: UInt32) throws -> Errno {
        try put(Array(text.utf8), at: At.buffer)
        try put(words: [At.buffer, UInt32(text.utf8.count)], at: At.list)
        return try call("fd_write", descriptor, At.list, 1, At.result)
    }

    /// What one fd_read of up to so many bytes gives.
    func read(_ descriptor: UInt32, _ count: UInt32 = 4096) throws -> (Errno, String) {
        try put(words: [At.buffer, count], at: At.list)
        let answer = try call("fd_read", descriptor, At.list, 1, At.result)
        return (
            answer, answer == .success ? String(decoding: try bytes(at: At.buffer, Int(try result)), as: UTF8.self) : ""
        )
    }

    struct Status: Equatable {
        var type: UInt64
        var links: UInt64
        var size: UInt64
        var times: [UInt64]
    }
    var status: Status {
        get throws {
            Status(
                type: try integer(at: At.result + 16, 1), links: try integer(at: At.result + 24, 8),
                size: try integer(at: At.result + 32, 8),
                times: try [40, 48, 56].map { try integer(at: At.result + $0, 8) })
        }
    }

    struct DirectoryEntry: Equatable {
        var name: String
        var type: UInt64
        var next: UInt64
    }

    /// The complete entries of one fd_readdir, and whether the buffer was filled.
    func entries(_ directory: UInt32, after cookie: UInt64 = 0, byteCount: UInt32 = 4096) throws -> (
        [DirectoryEntry], isFull: Bool
    ) {
        try #require(try call("fd_readdir", directory, At.buffer, byteCount, cookie, At.result) == .success)
        let used = try result
        let content = try bytes(at: At.buffer, Int(used))
        func integer(_ offset: Int, _ count: Int) -> UInt64 {
            content[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var list: [DirectoryEntry] = []
        var offset = 0
        while content.count - offset >= 24 {
            let length = Int(integer(offset + 16, 4))
            guard content.count - offset - 24 >= length else { break }
            let name = String(decoding: content[(offset + 24)..<(offset + 24 + length)], as: UTF8.self)
            list.append(DirectoryEntry(name: name, type: integer(offset + 20, 1), next: integer(offset, 8)))
            offset += 24 + length
        }
        return (list, used == byteCount)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
