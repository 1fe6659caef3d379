import Foundation
import Testing
import WasmEngine
import WasmText

@testable import WasmEngine
@testable import WasmRuntime

/// Other programs in the place of the compiler. Their standard streams are the socket: what they print arrives as
/// packets.
@Suite("Whatever is started in the compiler's place, the host gets an error", .serialized) struct CompilerProcessTests {
    private let module = Result { try Module(text: "(module (func (export \"f\")))") }

    private func compile(with executable: String, deadline: Duration? = nil) throws -> CompileError {
        var options = Engine.Options()
        options.cache = nil
        options.isolation = .process
        options.compilerExecutable = executable
        let monitor = CompilationMonitor(deadline: deadline.map { .now + $0 })
        return try #require(throws: CompileError.self) {
            try Engine(options: options).compile(module.get(), monitor: monitor)
        }
    }

    private func compile(withScript text: String, deadline: Duration? = nil) throws -> CompileError {
        let file = FileManager.default.temporaryDirectory.appending(path: "wasmc-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "#!/bin/sh\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        return try compile(with: file.path, deadline: deadline)
    }

    /// A packet as a shell's `printf` makes it.
    private func packet(_ kind: UInt8, _ message: [UInt8]) -> String {
        "printf '" + ([kind] + message).map { "\\" + String($0, radix: 8).leftPadded(to: 3) }.joined() + "'"
    }

    private var greeting: String { packet(PacketKind.last, CompilerReply(.greeting, CompilerGreeting.text).bytes) }

    @Test("A missing executable is named, with who named it and what to do")
    func missing() throws {
        let error = try compile(with: "/nowhere/wasmc-compiler")
        #expect(error.cause == .noCompiler)
        #expect(
            error.message == """
                the compiler's process /nowhere/wasmc-compiler, named by Engine.Options.compilerExecutable, cannot be \
                started: \
                No such file or directory; name wasmc-compiler in Engine.Options.compilerExecutable or in the variable \
                WASMC_COMPILER, or compile in this process
                """)
        #expect(try compile(with: "/etc/passwd").message.contains("Permission denied"))
        #expect(try compile(with: "/").cause == .noCompiler)
    }

    @Test("A program that is no compiler is quoted")
    func strangers() throws {
        #expect(try compile(withScript: "exit 3").message.contains("status 3"))
        let words = try compile(withScript: "echo error while loading libraries >&2; exit 127").message
        #expect(words.contains("status 127: error while loading libraries"))
        #expect(try compile(with: "/bin/true").cause == .noCompiler)
        #expect(try compile(withScript: "kill -SEGV $$").message.contains("signal 11"))
        #expect(try compile(withScript: "printf '\\033[2Jhello'; exit 1").message.contains("\\u{1b}[2Jhello"))
    }

    @Test("A compiler of another version is refused by name")
    func otherVersion() throws {
        let other = packet(PacketKind.last, CompilerReply(.greeting, "protocol 9, wasmc 7.5").bytes)
        let error = try compile(withScript: other + "; sleep 100")
        #expect(error.cause == .noCompiler)
        #expect(error.message.contains("it is protocol 9, wasmc 7.5, this is \(CompilerGreeting.text)"))
    }

    @Test("A process that hangs, greeting or not, ends at the deadline")
    func hanging() throws {
        #expect(try compile(withScript: "sleep 100", deadline: .milliseconds(300)) == .timedOut)
        #expect(try compile(withScript: greeting + "; sleep 100", deadline: .milliseconds(300)) == .timedOut)
        #expect(try compile(withScript: "kill -STOP $$", deadline: .milliseconds(300)) == .timedOut)
        #expect(try compile(withScript: "while :; do echo y; done", deadline: .milliseconds(300)) == .timedOut)
    }

    @Test("A reply that ends at any byte is an error")
    func cutShort() throws {
        var reply = CompilerReply(.result)
        reply.results = [[1, 2, 3]]
        reply.functions = [1]
        let bytes = reply.bytes
        for count in stride(from: 0, to: bytes.count, by: 5) {
            // The shell greets, reads what it is sent, and answers with a piece.
            let error = try compile(
                withScript: greeting + "; " + packet(PacketKind.last, Array(bytes[..<count])) + "; sleep 0.2")
            #expect(error.message.contains("its messages are of another form"))
            let half = try compile(withScript: greeting + "; " + packet(PacketKind.more, Array(bytes[..<count])))
            #expect(half.cause == .crashed)
        }
    }

    @Test("Results that are no objects are an error")
    func nonsense() throws {
        var reply = CompilerReply(.result)
        reply.results = [Array("no object at all, but some text that is long enough for a header of ELF".utf8)]
        let error = try compile(withScript: greeting + "; " + packet(PacketKind.last, reply.bytes) + "; sleep 0.2")
        #expect(!error.message.isEmpty)
    }
}

extension String {
    fileprivate func leftPadded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - self.count)) + self
    }
}
