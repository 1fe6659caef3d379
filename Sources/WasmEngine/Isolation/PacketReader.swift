internal import CRuntime
internal import Glibc
internal import LLVM

/// Puts the packets on a socket together.
struct PacketReader {
    enum Packet {
        case message([UInt8])
        /// What the other side wrote to its standard streams.
        case text([UInt8])
        case crash(signal: Int32, function: Int?)
        /// A part of a message that goes on.
        case part
        /// The other side is gone.
        case end
        /// Nothing came in the time.
        case nothing
        /// A packet that no compiler of this version sends.
        case malformed
    }

    /// Longer messages than any module or its code can be.
    private static let longestMessage = 4 << 30

    private let socket: Int32
    private var message: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: PacketKind.mostBytes + 1)

    init(socket: Int32) { self.socket = socket }

    /// - Parameter milliseconds: how long to wait; negative for ever.
    mutating func next(waiting milliseconds: Int32) -> Packet {
        var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        let ready = Glibc.poll(&poll, 1, milliseconds)
        if ready == 0 || ready < 0 && errno == EINTR { return .nothing }
        let count = recv(socket, &buffer, buffer.count, 0)
        if count < 0 {
            // The other side ended before it had read everything; what it sent is still there.
            return [EINTR, EAGAIN, ECONNRESET].contains(errno) ? .part : .end
        }
        if count == 0 { return .end }
        let content = buffer[1..<count]
        switch buffer[0] {
        case PacketKind.more, PacketKind.last:
            guard message.count + content.count <= Self.longestMessage else { return .malformed }
            message += content
            guard buffer[0] == PacketKind.last else { return .part }
            defer { message = [] }
            return .message(message)
        case CrashReport.messageKind:
            var fields = MessageFields(reading: Array(content))
            var (signal, function) = (0 as UInt32, 0 as UInt32)
            guard (try? fields.exchange(&signal)) != nil, (try? fields.exchange(&function)) != nil, signal < 128 else {
                return .malformed
            }
            return .crash(signal: Int32(signal), function: CrashReport.function(noted: function))
        default:
            return .text(Array(buffer[..<count]))
        }
    }
}
