import Foundation
import Testing
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

private typealias At = Guest.At

/// An argument of a call that succeeds, or at least finds its memory.
private enum Argument {
    case value(UInt64)
    /// A pointer to so many bytes.
    case place(UInt64)
    /// A pointer and a count of elements of so many bytes: two arguments.
    case range(UInt32, count: UInt32, elementByteCount: UInt64 = 1)

    /// A path of one letter at ``At/path``.
    static let path = range(At.path, count: 1)
    static let list = range(At.list, count: 1, elementByteCount: 8)
}

/// The descriptors 3 and 7 are a directory and a file in it; 4 and 5 are connected sockets, 6 listens; none blocks.
private let calls: [(String, [Argument])] = [
    ("args_get", [.place(8), .place(5)]), ("args_sizes_get", [.place(4), .place(4)]),
    ("environ_get", [.place(4), .place(4)]),
    ("environ_sizes_get", [.place(4), .place(4)]), ("clock_res_get", [.value(0), .place(8)]),
    ("clock_time_get", [.value(1), .value(0), .place(8)]), ("fd_fdstat_get", [.value(7), .place(24)]),
    ("fd_filestat_get", [.value(7), .place(64)]), ("fd_pread", [.value(7), .list, .value(0), .place(4)]),
    ("fd_prestat_get", [.value(3), .place(8)]), ("fd_prestat_dir_name", [.value(3), .range(At.buffer, count: 100)]),
    ("fd_pwrite", [.value(7), .list, .value(0), .place(4)]), ("fd_read", [.value(7), .list, .place(4)]),
    ("fd_readdir", [.value(3), .range(At.buffer, count: 100), .value(0), .place(4)]),
    ("fd_seek", [.value(7), .value(0), .value(0), .place(8)]), ("fd_tell", [.value(7), .place(8)]),
    ("fd_write", [.value(7), .list, .place(4)]), ("path_create_directory", [.value(3), .path]),
    ("path_filestat_get", [.value(3), .value(0), .path, .place(64)]),
    ("path_filestat_set_times", [.value(3), .value(0), .path, .value(0), .value(0), .value(0)]),
    ("path_link", [.value(3), .value(0), .path, .value(3), .path]),
    ("path_open", [.value(3), .value(0), .path, .value(0), .value(0), .value(0), .value(0), .place(4)]),
    ("path_readlink", [.value(3), .path, .range(At.buffer, count: 100), .place(4)]),
    ("path_remove_directory", [.value(3), .path]),
    ("path_rename", [.value(3), .path, .value(3), .path]), ("path_symlink", [.path, .value(3), .path]),
    ("path_unlink_file", [.value(3), .path]), ("random_get", [.range(At.buffer, count: 100)]),
    ("sock_accept", [.value(6), .value(0), .place(4)]),
    ("sock_recv", [.value(4), .list, .value(0), .place(4), .place(2)]),
    ("sock_send", [.value(4), .list, .value(0), .place(4)]),
]

/// Functions without pointers, and poll_oneoff, whose three ranges share a count.
private let others: Set<String> = [
    "fd_advise", "fd_allocate", "fd_close", "fd_datasync", "fd_fdstat_set_flags", "fd_fdstat_set_rights",
    "fd_filestat_set_size",
    "fd_filestat_set_times", "fd_renumber", "fd_sync", "proc_exit", "proc_raise", "sched_yield", "sock_shutdown",
    "poll_oneoff",
]

private let end = UInt64(Guest.memoryByteCount)
private let top = UInt64(UInt32.max)
/// Around the end of memory, around 2 GiB, up to 4 GiB.
private let pointers: [UInt64] = {
    let aroundEnd = (0...32).map { end - 24 + UInt64($0) }
    let large: [UInt64] = [
        end * 2, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, top - 63, top - 15, top - 7, top - 3, top - 1, top,
    ]
    return [0, 1, 7, 65_535, 65_536] + aroundEnd + large
}()
/// The same with lengths: zero, one too many, wrapping to the start, 4 GiB.
private let ranges: [(UInt64, UInt64)] = {
    var list: [(UInt64, UInt64)] = [
        (0, 0), (0, end), (0, end + 1), (1, end), (1, end - 1), (end, 0), (end, 1), (end + 1, 0), (end + 1, 1),
    ]
    list += [
        (0, 0x7FFF_FFFF), (0, 0x8000_0000), (0, top), (1, top), (end, top), (top, 0), (top, 1), (top, 2), (top, top),
        (2, top - 1),
    ]
    list += [(0x8000_0000, 0x8000_0000), (0x8000_0000, 0x8000_0001), (0xFFFF_0000, 0x1_0000), (0xFFFF_0000, 0x2_0000)]
    list += [
        (0, end / 8), (0, end / 8 + 1), (8, end / 8), (0, 0x2000_0000), (8, 0x1FFF_FFFF), (0, 0x1FFF_FFFF),
        (8, 0x2000_0000),
    ]
    for count in [1, 2, 4, 8, 24, 64, 4096] as [UInt64] {
        list += [(end - count, count), (end - count, count + 1), (end - count + 1, count)]
    }
    return list
}()

@Suite final class HostilePointerTests {
    private let sockets: [Int32]
    private let guest: Guest
    private let zeros = [UInt8](repeating: 0, count: Int(Guest.memoryByteCount))

    init() throws {
        var pair: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listen(listener, 1) == 0)
        sockets = pair + [listener]
        guest = try Guest(
            WASI(
                arguments: ["a", "bc"], environment: [("V", "1")],
                preopens: [.init(try .init(["f": bytes("content")]), guest: "/")],
                sockets: sockets))
        for number in 4...6 { #expect(try guest.call("fd_fdstat_set_flags", number, 4) == .success) }
        #expect(try guest.descriptor("f") == 7)
    }

    deinit { for socket in sockets { close(socket) } }

    /// The call, with one argument's pointer or range replaced.
    private func call(
        _ name: String, _ arguments: [Argument], replacing index: Int? = nil, by tuple: (UInt64, UInt64) = (0, 0)
    ) throws -> UInt32 {
        try guest.put(zeros, at: 0)
        try guest.put(bytes("f"), at: At.path)
        try guest.put(words: [At.buffer, 100], at: At.list)
        var values: [UInt64] = []
        for (position, argument) in arguments.enumerated() {
            switch argument {
            case .value(let value): values.append(value)
            case .place: values.append(position == index ? tuple.0 : UInt64(At.result + UInt32(position) * 64))
            case .range(let pointer, let count, _):
                values += position == index ? [tuple.0, tuple.1] : [UInt64(pointer), UInt64(count)]
            }
        }
        return try guest.raw(name, values)
    }

    @Test("The tables know every function, and how many arguments it takes")
    func complete() {
        #expect(Set(calls.map(\.0)).union(others) == Set(functionTypes.map(\.key)) && functionTypes.count == 46)
        for (name, arguments) in calls {
            let count = arguments.map { if case .range = $0 { 2 } else { 1 } }.reduce(0, +)
            #expect(count == functionTypes.first { $0.key == name }?.value.count, "\(name)")
        }
        #expect(pointers.count >= 40 && ranges.count >= 40)
    }

    @Test(
        "Every pointer beyond memory is a fault, every one inside is not, and nothing crashes", arguments: calls.indices
    )
    func pointersAndLengths(_ index: Int) throws {
        let (name, arguments) = calls[index]
        for (position, argument) in arguments.enumerated() {
            switch argument {
            case .value: continue
            case .place(let byteCount):
                for pointer in pointers {
                    let answer = try call(name, arguments, replacing: position, by: (pointer, 0))
                    #expect(
                        (answer == Errno.fault.rawValue) == (pointer + byteCount > end),
                        "\(name), argument \(position): \(pointer)")
                }
            case .range(_, _, let elementByteCount):
                for range in ranges {
                    let fits = range.0 + range.1 * elementByteCount <= end
                    let answer = try call(name, arguments, replacing: position, by: range)
                    // A name that does not fit its buffer is told before the buffer is looked at.
                    if name == "fd_prestat_dir_name" && range.1 == 0 { continue }
                    // A list in the middle of zeros holds empty buffers at 0.
                    #expect(
                        (answer == Errno.fault.rawValue) == !fits,
                        "\(name), argument \(position): \(range), answered \(answer)")
                }
            }
            // Whatever happened, the descriptors are what they were.
            #expect(try guest.call("fd_prestat_get", 3, At.result) == .success)
        }
    }

    @Test(
        "Buffers inside a list are checked, each of them",
        arguments: ["fd_read", "fd_write", "fd_pread", "fd_pwrite", "sock_recv", "sock_send"])
    func buffers(_ name: String) throws {
        let arguments = try #require(calls.first { $0.0 == name }).1
        for range in ranges {
            for position in 0..<3 {
                try guest.put(zeros, at: 0)
                var list: [UInt32] = [At.buffer, 1, At.buffer, 1, At.buffer, 1]
                list[position * 2] = UInt32(range.0)
                list[position * 2 + 1] = UInt32(range.1)
                try guest.put(words: list, at: At.list)
                var values = [UInt64(name.hasPrefix("fd") ? 7 : 4), UInt64(At.list), 3]
                for argument in arguments.dropFirst(2) {
                    if case .value(let value) = argument {
                        values.append(value)
                    } else {
                        values.append(UInt64(At.result) + UInt64(values.count) * 8)
                    }
                }
                let answer = try guest.raw(name, values)
                #expect(
                    (answer == Errno.fault.rawValue) == (range.0 + range.1 > end),
                    "\(name), buffer \(position): \(range)")
            }
        }
    }

    @Test("poll_oneoff checks its three ranges before it waits")
    func poll() throws {
        for (from, events) in [(UInt64(48), UInt64(32))] {
            for range in ranges {
                for position in 0..<2 {
                    try guest.put(zeros, at: 0)
                    var arguments: [UInt64] = [0, 0, range.1, 0]
                    arguments[position] = range.0
                    let fits = [range.0, 0].enumerated().allSatisfy { offset, pointer in
                        let isFirst = (offset == 0) == (position == 0)
                        return pointer + range.1 * (isFirst ? from : events) <= end
                    }
                    let answer = try guest.raw("poll_oneoff", arguments)
                    let expected = range.1 == 0 ? Errno.inval : fits ? .success : .fault
                    #expect(answer == expected.rawValue, "\(range) at \(position)")
                }
            }
            for pointer in pointers {
                try guest.put(zeros, at: 0)
                let answer = try guest.raw("poll_oneoff", [0, 1024, 1, pointer])
                #expect((answer == Errno.fault.rawValue) == (pointer + 4 > end))
            }
        }
    }

    @Test("Ranges may overlap: the last write wins, and nothing else happens")
    func overlaps() throws {
        for (name, arguments) in calls {
            // All places and ranges at the same address, which is also inside the list.
            for shift in [0, 1, 2, 4, 7] as [UInt64] {
                try guest.put(zeros, at: 0)
                try guest.put(words: [At.list, 16], at: At.list)
                let values = arguments.flatMap { argument -> [UInt64] in
                    switch argument {
                    case .value(let value): [value]
                    case .place: [UInt64(At.list) + shift]
                    case .range(_, let count, _): [UInt64(At.list), UInt64(count)]
                    }
                }
                _ = try guest.raw(name, values)
                #expect(try guest.call("fd_prestat_get", 3, At.result) == .success, "\(name)")
            }
        }
        // A list that is read over by what it asks for.
        #expect(try guest.call("fd_pwrite", 7, At.list, 0, 0, At.result) == .success)
        try guest.put(bytes("0123456789ABCDEF"), at: At.buffer)
        try guest.put(words: [At.buffer, 16], at: At.list)
        #expect(try guest.call("fd_pwrite", 7, At.list, 1, 0, At.result) == .success)
        try guest.put(words: [At.list, 8, At.buffer + 100, 8], at: At.list)
        #expect(try guest.call("fd_pread", 7, At.list, 2, 0, At.result) == .success && guest.result == 16)
        #expect(try guest.bytes(at: At.list, 8) + guest.bytes(at: At.buffer + 100, 8) == bytes("0123456789ABCDEF"))
    }

    @Test("Numbers that are no descriptors, on every function that takes one")
    func descriptors() throws {
        for (name, letters) in functionTypes where name.hasPrefix("fd_") || name.hasPrefix("sock_") {
            for number in [8, 9, 4095, 4096, 0x7FFF_FFFF, 0x8000_0000, top] as [UInt64] {
                let answer = try guest.raw(name, [number] + [UInt64](repeating: 1024, count: letters.count - 1))
                #expect(answer == Errno.badf.rawValue, "\(name) of \(number)")
            }
        }
        for (name, letters) in functionTypes where name.hasPrefix("path_") && name != "path_symlink" {
            let answer = try guest.raw(name, [99] + [UInt64](repeating: 0, count: letters.count - 1))
            #expect(answer == Errno.badf.rawValue, "\(name)")
        }
    }

    @Test("A memory of 4 GiB ends at 4 GiB, and without a memory every pointer is a fault")
    func extremes() throws {
        var imports = Imports()
        imports.define(try WASI())
        for (memory, cases) in [
            (
                #"(memory (export "memory") 65536)"#,
                [(top, 1, 0), (top, 2, 21), (top - 15, 16, 0), (0xFFFF_0000, 0x1_0000, 0), (1, top, 0)]
            ),
            (#"(memory (export "other") 1)"#, [(0, 0, 21), (0, 1, 21)]), ("", [(0, 0, 21), (top, top, 21)]),
        ] as [(String, [(UInt64, UInt64, Int32)])] {
            let text = """
                (module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32)
                  (result i32))) \(memory)
                  (func (export "random") (param i32 i32) (result i32) (call $random (local.get 0) (local.get 1))))
                """
            let instance = try Engine().compile(Module(text: text)).instantiate(imports: imports)
            let random = try instance.function("random")
            for (pointer, count, answer) in cases where count < 1 << 20 {
                let given: [Value] = [.i32(Int32(truncatingIfNeeded: pointer)), .i32(Int32(truncatingIfNeeded: count))]
                guard case .i32(let found)? = try random.call(given).first else { continue }
                #expect(found == answer, "\(pointer), \(count) in \(memory)")
            }
        }
    }
}
