import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

/// What a program takes for a terminal.
@Suite struct TerminalTests {
    private static let program = Result {
        try Program(
            c: """
                #include <stdio.h>
                #include <unistd.h>
                int main(void) { printf("%d%d", isatty(0), isatty(1)); }
                """)
    }

    private func answer(_ stdin: WASI.Input) throws -> String { try Self.program.get().output(stdin: stdin) }

    @Test("A terminal is one; devices, files, pipes and what the host implements are none")
    func kinds() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        var (isLocked, number): (Int32, UInt32) = (0, 0)
        try #require(ioctl(terminal, 0x4004_5431, &isLocked) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        defer { close(slave) }
        #expect(try answer(.descriptor(slave)) == "10")
        for device in ["/dev/null", "/dev/zero", "/dev/urandom", "/proc/self/exe", "/"] {
            let file = open(device, O_RDONLY)
            defer { close(file) }
            #expect(try answer(.descriptor(file)) == "00", "\(device)")
        }
        let pipe = Pipe()
        #expect(try answer(.descriptor(pipe.fileHandleForReading.fileDescriptor)) == "00")
        #expect(try answer(.empty) == "00" && answer(.text("x")) == "00")
    }
}
