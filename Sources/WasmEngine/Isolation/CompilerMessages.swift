internal import CRuntime
internal import Wasm
internal import WasmLowering

/// A message is a kind and its fields. On the socket it is divided into packets, each after one of these bytes; a
/// packet that starts with any other byte is text that the process wrote to its standard streams. No text in UTF-8
/// starts with them.
enum PacketKind {
    static let more: UInt8 = 0xFA
    static let last: UInt8 = 0xFB
    // 0xFC announces a crash: see `CrashReport`.

    /// Well below what a socket takes in one piece.
    static let mostBytes = 64 << 10

    static func packets(of message: [UInt8]) -> [[UInt8]] {
        let starts = Array(stride(from: 0, to: max(message.count, 1), by: mostBytes))
        return starts.map { start in
            let end = min(start + mostBytes, message.count)
            return [end == message.count ? last : more] + message[start..<end]
        }
    }
}

/// Who speaks: both sides must be the same compiler, of the same protocol.
enum CompilerGreeting {
    private static let protocolVersion = 2
    static let text = "protocol \(protocolVersion), \(Engine.compilerDescription), artifacts \(WASMC_ARTIFACT_VERSION)"
}

/// What the engine sends.
struct CompilerSetup {
    var greeting = CompilerGreeting.text
    /// 0 for no limit.
    var memoryByteCount: UInt64 = 0
    /// Its bodies are known to be valid.
    var module: [UInt8] = []
    var facts = BodyFacts()

    mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&greeting)
        try fields.exchange(&memoryByteCount)
        try fields.exchange(&module)
        try facts.exchange(&fields)
    }
}

extension BodyFacts {
    mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        var bits = features.bits
        try fields.exchange(&bits)
        features = Features(bits: bits)
        try fields.exchange(&tailCallers)
        try fields.exchange(&modifiedTables)
        try fields.exchange(&rethrowingTries)
        try fields.exchange(&handsOnExceptions)
    }
}

struct CompilerRequest {
    enum Work: String { case objects, functions, hotCode, explanation, ir, optimizedIR, assembly }

    var work = Work.objects
    var options = CompilationOptions()
    var threadCount = 1
    /// Of single functions and hot code.
    var functions: [Int] = []
    var loops: [HotLoop] = []

    mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&work)
        try options.exchange(&fields)
        try fields.exchange(&threadCount)
        try fields.exchange(&functions)
        try loops.exchange(&fields)
    }
}

/// What the compiler's process sends: first a greeting, then for each request some progress and a reply.
struct CompilerReply {
    enum Kind: String { case greeting, progress, result, failure }

    var kind = Kind.result
    /// A greeting, or why there is no result.
    var text = ""
    var compiledByteCount = 0
    var byteCount = 0
    var unoptimizedFunctions: [Int] = []
    /// The objects, or one text. Hot code may be missing.
    var results: [[UInt8]] = []
    var functions: [Int] = []
    var loops: [HotLoop] = []
    var reports: [FunctionReport] = []

    mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&kind)
        try fields.exchange(&text)
        try fields.exchange(&compiledByteCount)
        try fields.exchange(&byteCount)
        try fields.exchange(&unoptimizedFunctions)
        try fields.exchange(&results, blank: []) { fields, result throws(MessageFields.Malformed) in
            try fields.exchange(&result)
        }
        try fields.exchange(&functions)
        try loops.exchange(&fields)
        try fields.exchange(&reports, blank: FunctionReport(function: 0)) {
            fields, report throws(MessageFields.Malformed) in
            try report.exchange(&fields)
        }
    }

    init(_ kind: Kind, _ text: String = "") {
        self.kind = kind
        self.text = text
    }

    init(reading bytes: [UInt8]) throws(MessageFields.Malformed) {
        var fields = MessageFields(reading: bytes)
        try exchange(&fields)
        guard fields.isAtEnd else { throw MessageFields.Malformed() }
    }

    var bytes: [UInt8] {
        var (copy, fields) = (self, MessageFields())
        // Writing cannot fail.
        try? copy.exchange(&fields)
        return fields.bytes
    }
}

extension [HotLoop] {
    fileprivate mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&self, blank: HotLoop(function: 0, number: 0)) {
            fields, loop throws(MessageFields.Malformed) in
            try fields.exchange(&loop.function)
            try fields.exchange(&loop.number)
        }
    }
}

extension CompilationOptions {
    /// Every field: what is forgotten here is found by ``isTransferable``.
    mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&optimization)
        try fields.exchange(&memory)
        try fields.exchange(&target.triple)
        try fields.exchange(&target.cpu)
        try fields.exchange(&target.features)
        let free = FuelCosts(bytesPerUnit: nil) { _ in 0 }
        try fields.exchange(&fuelCosts, blank: free) { fields, costs throws(MessageFields.Malformed) in
            try costs.exchange(&fields)
        }
        try fields.exchange(&isInterruptible)
        try fields.exchange(&recordsOffsets)
        try fields.exchange(&relaxedSIMD)
        try fields.exchange(&tier, blank: .baseline) { fields, tier throws(MessageFields.Malformed) in
            try fields.exchange(&tier)
        }
        try fields.exchange(&isLazy)
        try fields.exchange(&verifiesIR)
        try fields.exchange(&unoptimizedFunctions)
        try fields.exchange(&executionRecord, blank: 0) { fields, address throws(MessageFields.Malformed) in
            try fields.exchange(&address)
        }
        try fields.exchange(&counters, blank: 0) { fields, address throws(MessageFields.Malformed) in
            try fields.exchange(&address)
        }
        try exchangeProfile(&fields)
        #if DEBUG
            try fields.exchange(&plannedFaults)
        #endif
    }

    private mutating func exchangeProfile(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        var text = profile?.text
        try fields.exchange(&text, blank: []) { fields, text throws(MessageFields.Malformed) in
            try fields.exchange(&text)
        }
        // A writer has it already.
        guard text != profile?.text else { return }
        guard let text else {
            profile = nil
            return
        }
        do { profile = try ExecutionProfile(text: text) } catch { throw MessageFields.Malformed() }
    }

    /// The other side reads the same options that this one writes. An option that it is not told of would make other
    /// code.
    var isTransferable: Bool {
        var (copy, fields) = (self, MessageFields())
        try? copy.exchange(&fields)
        var (read, reading) = (CompilationOptions(verifiesIR: false), MessageFields(reading: fields.bytes))
        guard (try? read.exchange(&reading)) != nil else { return false }
        return read == self && reading.isAtEnd
    }
}

extension FuelCosts {
    fileprivate mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        var bytesPerUnit = bytesPerUnit
        try fields.exchange(&bytesPerUnit, blank: 0) { fields, count throws(MessageFields.Malformed) in
            try fields.exchange(&count)
        }
        var costs: [Opcode: UInt32] = [:]
        for opcode in Opcode.allCases {
            var cost = self[opcode]
            try fields.exchange(&cost)
            costs[opcode] = cost
        }
        self = FuelCosts(bytesPerUnit: bytesPerUnit) { costs[$0, default: 0] }
    }
}

extension FunctionReport {
    fileprivate mutating func exchange(_ fields: inout MessageFields) throws(MessageFields.Malformed) {
        try fields.exchange(&function)
        try fields.exchange(&emittedCheckCount)
        try fields.exchange(&remainingCheckCount)
        try fields.exchange(&versionedLoopCount)
        try fields.exchange(&rerolledLoopCount)
        try fields.exchange(&vectorizedLoopCount)
        try fields.exchange(&provenAccessCount)
        try fields.exchange(&containmentTestCount)
        try fields.exchange(&containmentMaskCount)
        try fields.exchange(&containmentCheckCount)
        var counted = obstacles.sorted { $0.key < $1.key }.map { (text: $0.key, count: $0.value) }
        try fields.exchange(&counted, blank: ("", 0)) { fields, obstacle throws(MessageFields.Malformed) in
            try fields.exchange(&obstacle.text)
            try fields.exchange(&obstacle.count)
        }
        obstacles = Dictionary(counted.map { ($0.text, $0.count) }, uniquingKeysWith: +)
        try fields.exchange(&passSeconds)
        try fields.exchange(&isTooExpensive)
    }
}
