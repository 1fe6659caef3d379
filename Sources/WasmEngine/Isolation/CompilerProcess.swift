internal import CRuntime
internal import Glibc
internal import Synchronization
internal import WasmLowering

/// One compiler's process, from its start to its end. One thread uses it; any thread may kill it.
final class CompilerProcess: Sendable {
    /// Why there is no reply.
    enum Failure: Error {
        case error(CompileError)
        /// The process ended.
        case crash(CompilerCrash)
    }

    /// A process that has not greeted in this time is another program, or stopped.
    private static let mostStartSeconds = 60
    /// What is kept of the process's own words.
    private static let mostTextBytes = 4096
    /// After it has announced its crash.
    private static let mostCrashSeconds = 10

    private let path: String
    /// Nil once it is released: its numbers may belong to others then.
    private let child: Mutex<wasmc_child?>
    private let socket: Int32

    /// - Parameter origin: who named the path.
    init(path: String, origin: String) throws(CompileError) {
        var child = wasmc_child()
        let reason = wasmc_child_start(path, CompilerWorker.argument, &child)
        guard reason == 0 else {
            let advice =
                reason == ENOENT || reason == EACCES
                ? """
                ; name wasmc-compiler in Engine.Options.compilerExecutable or in the variable WASMC_COMPILER, or \
                compile in this process
                """
                : ""
            throw CompileError(
                message:
                    """
                    the compiler's process \(path), named by \(origin), cannot be started: \
                    \(String(cString: strerror(reason)))\(advice)
                    """,
                cause: .noCompiler)
        }
        self.path = path
        socket = child.socket
        self.child = Mutex(child)
    }

    deinit { _ = end() }

    func kill() {
        child.withLock { child in
            if var running = child { wasmc_child_kill(&running) }
        }
    }

    /// Ends it and waits for that; how it ended.
    private func end() -> Int32 {
        child.withLock { child in
            guard var running = child.take() else { return -1 }
            return wasmc_child_release(&running)
        }
    }

    /// Waits for the greeting, and hands the module over.
    func set(up setup: CompilerSetup, _ monitor: CompilationMonitor) throws(Failure) {
        let start = ContinuousClock.now + .seconds(Self.mostStartSeconds)
        var reader = PacketReader(socket: socket)
        let greeting = try next(&reader, monitor, until: start)
        guard greeting.kind == .greeting, greeting.text == setup.greeting else {
            throw .error(
                stranger(
                    greeting.kind == .greeting
                        ? "it is \(greeting.text.shown), this is \(setup.greeting)" : "it does not greet"))
        }
        var (copy, fields) = (setup, MessageFields())
        try? copy.exchange(&fields)
        try send(fields.bytes, monitor)
    }

    func reply(to request: CompilerRequest, _ monitor: CompilationMonitor) throws(Failure) -> CompilerReply {
        guard request.options.isTransferable else {
            throw .error(
                CompileError(message: "these options cannot be told to the compiler's process; compile in this one"))
        }
        var (copy, fields) = (request, MessageFields())
        try? copy.exchange(&fields)
        try send(fields.bytes, monitor)
        var reader = PacketReader(socket: socket)
        while true {
            let reply = try next(&reader, monitor, until: nil)
            switch reply.kind {
            case .progress:
                let progress = CompilationProgress(
                    compiledByteCount: reply.compiledByteCount, byteCount: reply.byteCount)
                monitor.advance(to: progress)
            case .result:
                monitor.note(unoptimizedFunctions: reply.unoptimizedFunctions)
                return reply
            case .failure: throw .error(CompileError(message: reply.text))
            case .greeting: throw .error(stranger("it greets twice"))
            }
        }
    }

    private func stranger(_ reason: String) -> CompileError {
        CompileError(message: "the process \(path) is not the compiler of this version: \(reason)", cause: .noCompiler)
    }

    private func send(_ message: [UInt8], _ monitor: CompilationMonitor) throws(Failure) {
        for packet in PacketKind.packets(of: message) {
            while case let reason = wasmc_child_send(socket, packet, packet.count), reason != 0 {
                // What it said before it ended is read instead.
                if reason == EPIPE || reason == ECONNRESET { return }
                guard [EAGAIN, ENOBUFS, ENOMEM].contains(reason) else {
                    throw .error(
                        CompileError(
                            message:
                                "nothing can be sent to the compiler's process: \(String(cString: strerror(reason)))"))
                }
                try check(monitor)
                var poll = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
                _ = Glibc.poll(&poll, 1, milliseconds(until: monitor.deadline, atMost: 1_000))
            }
        }
    }

    private func next(
        _ reader: inout PacketReader, _ monitor: CompilationMonitor, until end: ContinuousClock.Instant?
    ) throws(Failure) -> CompilerReply {
        var said: [UInt8] = []
        var crash: (signal: Int32, function: Int?)?
        var end = end
        while true {
            try check(monitor)
            let first = [end, monitor.deadline].compactMap(\.self).min()
            switch reader.next(waiting: milliseconds(until: first, atMost: .max)) {
            case .message(let bytes):
                guard let reply = try? CompilerReply(reading: bytes) else {
                    throw .error(stranger("its messages are of another form"))
                }
                return reply
            case .text(let bytes): said += bytes.prefix(Self.mostTextBytes - said.count)
            case .crash(let signal, let function):
                crash = (signal, function)
                end = ContinuousClock.now + .seconds(Self.mostCrashSeconds)
            case .part: break
            case .malformed: throw .error(stranger("its messages are of another form"))
            case .end: throw ended(crash, said, monitor)
            case .nothing:
                guard let end, ContinuousClock.now >= end else { break }
                if crash != nil { throw ended(crash, said, monitor) }
                throw .error(stranger("it has not greeted in \(Self.mostStartSeconds) s"))
            }
        }
    }

    private func check(_ monitor: CompilationMonitor) throws(Failure) {
        do { try monitor.check() } catch { throw .error(error) }
    }

    private func ended(_ crash: (signal: Int32, function: Int?)?, _ said: [UInt8], _ monitor: CompilationMonitor)
        -> Failure
    {
        let status = end()
        // A process that was killed because of them has not crashed.
        do { try monitor.check() } catch { return .error(error) }
        let text = String(decoding: said, as: UTF8.self)
        let words = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return .crash(
            CompilerCrash(
                function: Self.function(in: text) ?? crash?.function,
                description: Self.phrase(status, crash?.signal) + (words.isEmpty ? "" : ": \(words.shown)")))
    }

    /// The symbol of a function in what LLVM says of its passes, the innermost first.
    private static func function(in text: String) -> Int? {
        guard let start = text.firstRange(of: SymbolName.function(0).dropLast())?.lowerBound else { return nil }
        return SymbolName.functionIndex(String(text[start...]))
    }

    private static func phrase(_ status: Int32, _ announced: Int32?) -> String {
        let signal = status < 0 ? announced ?? 0 : status & 0x7F
        if signal != 0 {
            let name = strsignal(signal).map { String(cString: $0) } ?? "unknown"
            return "the compiler's process was ended by signal \(signal), \(name)"
        }
        return status < 0
            ? "the compiler's process ended" : "the compiler's process ended with status \((status >> 8) & 0xFF)"
    }

    /// Rounded up, so that the time is over when nothing came.
    private func milliseconds(until end: ContinuousClock.Instant?, atMost most: Int32) -> Int32 {
        guard let end else { return most == .max ? -1 : most }
        let left = (end - ContinuousClock.now) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), Double(most))))
    }
}
