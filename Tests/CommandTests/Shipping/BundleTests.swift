import Foundation
import Testing

/// Modules as artifact bundles for Swift packages.
@Suite struct BundleTests {
    private static let plug = """
        (module
          (import "host" "mix" (func $mix (param i32 i64 f32 f64 v128) (result i64 f32)))
          (import "host" "mix" (func $note (param i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (global (export "for") (mut i64) (i64.const -5))
          (global (export "limit") f32 (f32.const 1.5))
          (table (export "table") 3 funcref)
          (data (i32.const 0) "\\08\\00\\00\\00\\06\\00\\00\\00hello\\n")
          (func $start (call $note (i32.const 1)))
          (start $start)
          (func (export "say") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
          (func (export "mix") (param v128) (result i64 f32)
            (call $mix (i32.const -1) (i64.const -2) (f32.const 1.5) (f64.const 2.5) (local.get 0)))
          (func (export "twice") (param v128) (result v128) (i8x16.add (local.get 0) (local.get 0)))
          (func (export "leave") (call $exit (i32.const 9)))
          (func $down (export "down") (call $down) (call $down)))
        """

    private static let main = """
        final class Host: PlugImports {
            struct Refusal: Error {}
            var notes: [Int32] = []

            func mix(_ guest: Plug, _ a0: Int32, _ a1: Int64, _ a2: Float, _ a3: Double, _ a4: SIMD16<UInt8>) throws
                -> (Int64, Float)
            {
                if a4[0] == 0 { throw Refusal() }
                let six = try guest.memory.load(at: 4, as: Int32.self)
                return (Int64(a0) + a1 + Int64(a3) + Int64(a4[15]), a2 * Float(six))
            }

            func mix_(_ guest: Plug, _ a0: Int32) throws { notes.append(a0) }
        }

        var wasi = Plug.WASI()
        wasi.arguments = ["plug"]
        let host = Host()
        let plug = try Plug(imports: host, wasi: wasi)
        print(host.notes, plug.for_, plug.limit)
        plug.for_ = 12
        print(plug.for_, try plug.say(), try plug.mix(SIMD16(repeating: 3)), try plug.twice(SIMD16(repeating: 4))[7])
        do { _ = try plug.mix(SIMD16(repeating: 0)) } catch is Host.Refusal { print("refused") }
        do { try plug.leave() } catch let exit as Plug.Exit { print("left with", exit.status) }
        do { try plug.down() } catch let trap as Plug.Trap { print(trap.reason, trap.backtrace.contains("down")) }
        do { try plug.memory.write([1, 2], at: 65535) } catch let error as Plug.OutOfBounds { print(error.address) }
        print(try plug.memory.string(at: 8, count: 5), try Plug(imports: host).say())
        """

    @Test("A bundle has all that a Swift program needs: typed exports, imports that throw, memory, WASI, traps")
    func bundle() throws {
        let folder = try temporaryFolder()
        try Self.plug.write(to: folder.appending(path: "plug.wat"), atomically: true, encoding: .utf8)
        try Self.main.write(to: folder.appending(path: "main.swift"), atomically: true, encoding: .utf8)
        let line = """
            set -e
            $W compile --emit bundle plug.wat
            python3 -m json.tool plug.artifactbundle/info.json >/dev/null
            swiftc -swift-version 6 -warnings-as-errors -enable-upcoming-feature ExistentialAny \
                -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility \
                -I plug.artifactbundle/include plug.artifactbundle/swift/Plug.swift main.swift \
                plug.artifactbundle/libplug.a -o main
            ./main
            $W compile --emit bundle plug.wat && $W compile --emit swift plug.wat \
                | cmp - plug.artifactbundle/swift/Plug.swift && echo same
            """
        let outcome = try shell(line, in: folder)
        #expect(
            outcome.text == """
                hello
                hello
                [1] -5 1.5
                12 0 (2, 9.0) 8
                refused
                left with 9
                call stack exhausted true
                65535
                hello 0
                same

                """, "\(outcome.errors)")
    }

    @Test("A folder that is no bundle stays, and a name that C cannot have is refused")
    func refusals() throws {
        let folder = try temporaryFolder()
        try Self.plug.write(to: folder.appending(path: "plug.wat"), atomically: true, encoding: .utf8)
        let line = "mkdir a.artifactbundle; touch a.artifactbundle/precious; $W compile --emit bundle plug.wat -o "
        let foreign = try shell(line + "a.artifactbundle; s=$?; ls a.artifactbundle; exit $s", in: folder)
        #expect(foreign.status == 1 && foreign.text == "precious\n" && foreign.errors.contains("no artifact bundle"))
        let named = try shell(line + "a-b.artifactbundle", in: folder)
        #expect(named.status == 1 && named.errors.contains("letters, digits and underscores"), "\(named.errors)")
        #expect(try shell(line + "bundle", in: folder).errors.contains("ends in .artifactbundle"))
    }
}
