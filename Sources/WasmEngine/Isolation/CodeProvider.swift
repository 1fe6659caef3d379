internal import CRuntime
internal import Glibc
internal import Wasm

/// The compiler of a program that the command's start runs: `wasmc` found code of earlier runs, and asks for what is
/// missing (`tiers.c`). This process has no guest. It compiles in processes of its own, as the command does, and ends
/// soon after the program.
package enum CodeProvider {
    /// Serves, and never returns, in a process that was started for a program; else returns at once.
    package static func serveIfStarted() {
        guard CommandLine.argc == 2, CommandLine.arguments[1] == WASMC_PROVIDER_ARGUMENT, wasmc_is_child() else {
            return
        }
        let program = RemoteProgram(socket: STDIN_FILENO)
        do throws(CompileError) { try serve(program) } catch {
            program.refuse(.max, error)
            _exit(1)
        }
    }

    private static func serve(_ program: RemoteProgram) throws(CompileError) -> Never {
        // What the command uses where no option says otherwise.
        var options = Engine.Options()
        options.isolation = .process
        options.compilerExecutable = "/proc/self/exe"
        let engine = Engine(options: options)
        let module = try program.module(for: engine)
        let (firstCode, hotCode) = engine.compilers(of: module, for: program)
        firstCode.noteKeptCode()
        while let question = program.next() {
            switch question {
            case .firstCode(let function):
                guard function < module.functions.count else { throw RemoteProgram.malformed }
                if let error = firstCode.error(providing: function) { program.refuse(function, error) }
            case .hotCode(let function, let loop):
                guard function < module.functions.count else { throw RemoteProgram.malformed }
                hotCode.request(function, loop: loop)
            case .warmCode(let functions):
                for function in functions where function < module.functions.count {
                    hotCode.request(function, loop: .max)
                }
            }
        }
        firstCode.close()
        finish(hotCode)
    }

    /// The program has ended, perhaps before anything hot was optimized. What it asked for is made and kept all the
    /// same, or every run would begin it again; unless another process is at it.
    private static func finish(_ hotCode: HotCodeCompiler) -> Never {
        guard Environment.variable("WASMC_BACKGROUND") != "off", hotCode.goesOnAlone() else { _exit(0) }
        let end = ContinuousClock.now + .seconds(mostSecondsAfterEnd)
        while hotCode.isWorking, ContinuousClock.now < end { usleep(20_000) }
        _exit(0)
    }

    /// Whoever takes longer is compiled with the rest of the module.
    private static let mostSecondsAfterEnd = 60
}

/// A program in the process at the other end of a socket.
struct RemoteProgram: RunningProgram {
    static let malformed = CompileError(message: "the program's process is not of this version")

    let socket: Int32
    private let host = getppid()

    init(socket: Int32) { self.socket = socket }

    /// The first message's.
    ///
    /// - Throws: ``CompileError``
    func module(for engine: Engine) throws(CompileError) -> Module {
        var setup = wasmc_provider_setup()
        guard let file = receive(&setup) else { _exit(0) }
        defer { close(file) }
        let identity = withUnsafeBytes(of: setup.compiler_identity) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard file >= 0, setup.mark == WASMC_PROVIDER_MARK else { throw Self.malformed }
        guard identity == engine.compilerIdentity else {
            throw CompileError(message: "another compiler has taken the place of the one that the program started with")
        }
        let cache = engine.options.cache
        guard let byteCount = KeptCodeFile.privateByteCount(file), let cache,
            let digest = cache.digest(of: file, byteCount),
            withUnsafeBytes(of: setup.module_digest, { $0.elementsEqual(digest) }),
            let bytes = KeptCodeFile.read(file, byteCount, at: 0),
            let module = try? CodeCache.module(
                bytes: bytes, digest: digest, features: engine.options.features, in: cache)
        else { throw CompileError(message: "the module that the cache has is damaged: wasmc cache clean mends it") }
        return module
    }

    enum Question {
        case firstCode(UInt32)
        case hotCode(UInt32, loop: UInt32)
        case warmCode([UInt32])
    }

    /// The next question; `nil` when the program has ended.
    func next() -> Question? {
        var question = wasmc_code_question()
        guard let file = receive(&question) else { return nil }
        defer { if file >= 0 { close(file) } }
        if question.mark == WASMC_PROVIDER_MARK {
            switch wasmc_code_question_kind(question.kind) {
            case WASMC_ASK_FIRST: return .firstCode(question.function)
            case WASMC_ASK_HOT: return .hotCode(question.function, loop: question.loop)
            case WASMC_ASK_WARM: return .warmCode(functions(in: file))
            default: break
            }
        }
        refuse(.max, Self.malformed)
        _exit(1)
    }

    private func functions(in file: Int32) -> [UInt32] {
        var status = stat()
        guard fstat(file, &status) == 0, let bytes = KeptCodeFile.read(file, Int(status.st_size), at: 0) else {
            return []
        }
        return stride(from: 0, to: bytes.count - 3, by: 4).map { bytes.load(at: $0) }
    }

    /// The file that came with it, or -1; `nil` when nobody is there any more.
    private func receive<Message>(_ message: inout Message) -> Int32? {
        var file: Int32 = -1
        while true {
            var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 1_000) > 0 else {
                // Another process of the program's may keep the socket open.
                if getppid() != host { return nil }
                continue
            }
            let count = withUnsafeMutableBytes(of: &message) {
                wasmc_child_receive(socket, $0.baseAddress, $0.count, &file)
            }
            return count > 0 ? file : nil
        }
    }

    func put(_ artifact: [UInt8], isFirst: Bool) throws(CompileError) {
        let file = wasmc_child_hold(artifact, artifact.count)
        guard file >= 0 else { throw CompileError(message: "no memory file can be made for the code") }
        defer { close(file) }
        send(isFirst ? WASMC_FIRST_CODE : WASMC_HOT_CODE, file: file)
    }

    func wakeCallers() { send(WASMC_ASK_AGAIN) }

    /// There will be no code for this function, or with `UInt32.max` for any.
    func refuse(_ function: UInt32, _ error: CompileError) {
        send(WASMC_NO_CODE, function: function, text: "\(error)")
    }

    /// Waits until the program takes it. It may be gone, which ends this process soon.
    private func send(
        _ kind: wasmc_code_answer_kind, function: UInt32 = .max, text: String = "", file: Int32 = -1
    ) {
        var answer = wasmc_code_answer()
        answer.mark = WASMC_PROVIDER_MARK
        answer.kind = kind.rawValue
        answer.function = function
        withUnsafeMutableBytes(of: &answer.text) { $0.copyBytes(from: text.utf8.prefix($0.count - 1)) }
        _ = wasmc_child_send_file(socket, &answer, MemoryLayout.size(ofValue: answer), file)
    }
}
