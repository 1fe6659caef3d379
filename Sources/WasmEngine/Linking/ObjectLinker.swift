internal import CRuntime
internal import WasmLowering

/// Puts the objects of a module together, once, when it is compiled: the result holds no relocations and runs at any
/// address.
struct ObjectLinker {
    struct FunctionSymbol {
        var name: String
        var offset: Int
        var byteCount: Int
    }

    let architecture: Architecture
    /// The file from its start: room for the headers, then code, then constants.
    private(set) var image: [UInt8]
    /// Executable part of the image; ends in the externals' stubs.
    private(set) var code: Range<Int>
    private(set) var constants: Range<Int>
    private(set) var functions: [FunctionSymbol] = []

    /// The functions of the C library that the code calls, and where their stubs are in the image.
    var usedExternals: [(name: String, stub: Int)] { used.sorted { $0.value < $1.value }.map { ($0.key, $0.value) } }
    private var used: [String: Int] = [:]

    /// What stands for functions that no object has.
    let functionStubs: FunctionStubs?

    private let objects: [ObjectFile]
    /// By object, then by section: where it is in the image.
    private var places: [[Int?]]
    private var globals: [String: Int] = [:]
    private let stubs: Int
    private static let externals: [String: Int] = {
        let names = UnsafeBufferPointer(start: wasmc_external_names(), count: Int(wasmc_external_count()))
        return Dictionary(
            uniqueKeysWithValues: names.enumerated().compactMap { index, name in
                name.map { (String(cString: $0), index) }
            })
    }()

    /// Alignment of the parts with different protection.
    var pageByteCount: Int { architecture.pageByteCount }

    /// - Parameter absentFunctions: those that get stubs.
    /// - Throws: ``CompileError`` when an object needs what position-independent code does not have.
    init(_ objectBytes: [[UInt8]], absentFunctions: [Int] = []) throws(CompileError) {
        var objects: [ObjectFile] = []
        for bytes in objectBytes { objects.append(try ObjectFile(bytes)) }
        guard let machine = objects.first?.machine, objects.allSatisfy({ $0.machine == machine }) else {
            throw .linking("there are no objects, or objects of several machines")
        }
        let architecture = try Self.architecture(elfMachine: machine)
        self.objects = objects
        self.architecture = architecture
        places = objects.map { Array(repeating: nil, count: $0.sections.count) }
        let start = architecture.pageByteCount
        image = [UInt8](repeating: 0, count: start)
        code = start..<start
        constants = start..<start
        stubs = try Self.place(objects, &places, &image, isExecutable: true)
        image.append(contentsOf: repeatElement(0, count: Self.externals.count * ExternalStub.byteCount))
        functionStubs =
            absentFunctions.isEmpty ? nil : FunctionStubs(for: absentFunctions, at: image.count)
        if let functionStubs { image += functionStubs.code }
        code = start..<image.count
        image.align(to: architecture.pageByteCount)
        let constantsStart = image.count
        _ = try Self.place(objects, &places, &image, isExecutable: false)
        constants = constantsStart..<image.count
        collectSymbols()
        try relocate()
    }

    /// Appends the loaded sections of one kind; the result is the end, a multiple of 16.
    private static func place(
        _ objects: [ObjectFile], _ places: inout [[Int?]], _ image: inout [UInt8], isExecutable: Bool
    ) throws(CompileError) -> Int {
        for (number, object) in objects.enumerated() {
            for (index, section) in object.sections.enumerated()
            where section.isLoaded && section.isExecutable == isExecutable {
                guard section.flags & ELF.writable == 0, section.type == ELF.programBits else {
                    throw .linking("a section is writable or of an unknown kind")
                }
                image.align(to: section.alignment)
                places[number][index] = image.count
                image += object.bytes[section.bytes]
                guard image.count < 1 << 30 else { throw .linking("it is larger than 1 GiB") }
            }
        }
        image.align(to: 16)
        return image.count
    }

    private mutating func collectSymbols() {
        for (number, object) in objects.enumerated() {
            for symbol in object.symbols {
                guard let section = symbol.section, let place = places[number][section] else { continue }
                let offset = place + symbol.value
                if !symbol.isLocal { globals[symbol.name] = offset }
                if symbol.isFunction {
                    functions.append(.init(name: symbol.name, offset: offset, byteCount: symbol.byteCount))
                }
            }
        }
        functions.sort { $0.offset < $1.offset }
    }

    private mutating func relocate() throws(CompileError) {
        for (number, object) in objects.enumerated() {
            for index in object.sections.indices {
                guard let place = places[number][index] else { continue }
                for relocation in try object.relocations(of: index) {
                    let target = try address(of: object.symbols[relocation.symbol], in: number)
                    let patch = RelocationPatch(
                        architecture: architecture, type: relocation.type, place: place + relocation.offset,
                        target: target &+ Int(relocation.addend))
                    try patch.apply(to: &image)
                }
            }
        }
    }

    /// How to leave the frames of this image. Specification: "System V ABI", "Linux Standard Base", `.eh_frame`.
    mutating func unwindTable() throws(CompileError) -> UnwindTable {
        var table = UnwindTable(architecture)
        let guests = Dictionary(
            functions.compactMap { function in SymbolName.functionIndex(function.name).map { (function.offset, $0) } },
            uniquingKeysWith: { first, _ in first })
        for (number, object) in objects.enumerated() {
            for (index, section) in object.sections.enumerated() where section.type == ELF.unwind {
                var starts: [Int: Int] = [:]
                for relocation in try object.relocations(of: index) {
                    starts[relocation.offset] =
                        try address(of: object.symbols[relocation.symbol], in: number) + Int(relocation.addend)
                }
                try table.add(Array(object.bytes[section.bytes]), start: { starts[$0] }, function: { guests[$0] })
            }
        }
        if let functionStubs { table.add(functionStubs.frames) }
        table.finish()
        return table
    }

    /// Where exceptions go that come out of calls.
    mutating func landingPads() throws(CompileError) -> [wasmc_landing_pad] {
        var pads: [wasmc_landing_pad] = []
        for (number, object) in objects.enumerated() {
            for (index, section) in object.sections.enumerated() where section.type == ELF.landingPads {
                var starts: [Int: Int] = [:]
                for relocation in try object.relocations(of: index) {
                    starts[relocation.offset] =
                        try address(of: object.symbols[relocation.symbol], in: number) + Int(relocation.addend)
                }
                let bytes = Array(object.bytes[section.bytes])
                for row in stride(from: 0, to: bytes.count - 23, by: 24) {
                    guard let start = starts[row] else { throw .linking("its table of landing pads is damaged") }
                    func offset(_ field: Int) -> UInt32 { UInt32(start) + bytes.load(at: row + field) }
                    pads.append(wasmc_landing_pad(start: offset(8), end: offset(12), pad: offset(16)))
                }
            }
        }
        return pads.sorted { $0.start < $1.start }
    }

    /// Which instructions the code comes from.
    mutating func codeSites() throws(CompileError) -> CodeSites {
        var sites = CodeSites()
        for (number, object) in objects.enumerated() {
            for (index, section) in object.sections.enumerated() where section.type == ELF.sites {
                var starts: [Int: Int] = [:]
                for relocation in try object.relocations(of: index) {
                    starts[relocation.offset] =
                        try address(of: object.symbols[relocation.symbol], in: number) + Int(relocation.addend)
                }
                let inlinedCalls = object.sections.first { $0.type == ELF.inlinedCalls }?.bytes ?? 0..<0
                try sites.add(
                    Array(object.bytes[section.bytes]), start: { starts[$0] },
                    inlinedCalls: Array(object.bytes[inlinedCalls]))
            }
        }
        sites.finish()
        return sites
    }

    private mutating func address(of symbol: ObjectFile.Symbol, in object: Int) throws(CompileError) -> Int {
        if let section = symbol.section {
            guard let place = places[object][section] else {
                throw .linking("a symbol stands in a section that is not loaded")
            }
            return place + symbol.value
        }
        if let global = globals[symbol.name] { return global }
        guard let external = Self.externals[symbol.name] else {
            throw .linking("it refers to \(symbol.name), which the runtime does not offer")
        }
        let stub = stubs + external * ExternalStub.byteCount
        used[symbol.name] = stub
        return stub
    }

    /// Where a global symbol is in the image.
    func offset(of name: String) throws(CompileError) -> UInt32 {
        if let offset = globals[name] { return UInt32(offset) }
        if let index = SymbolName.functionIndex(name), let stub = functionStubs?.offset(ofFunction: index) {
            return UInt32(stub)
        }
        throw .linking("it lacks \(name)")
    }

    /// Adds what follows the constants.
    mutating func append(_ bytes: [UInt8]) { image += bytes }

    /// Writes the stubs, once it is known where the table of the externals' addresses will be.
    mutating func finish(externalsAt table: Int) {
        let end = stubs + Self.externals.count * ExternalStub.byteCount
        Self.writeExternalStubs(architecture, endingAt: end, table: table, in: &image)
    }

    /// - Parameter table: of the externals' addresses, counted from the image's start as all places are.
    static func writeExternalStubs(
        _ architecture: Architecture, endingAt end: Int, table: Int, in image: inout [UInt8]
    ) {
        let start = end - externals.count * ExternalStub.byteCount
        for index in 0..<externals.count {
            let place = start + index * ExternalStub.byteCount
            let code = ExternalStub.code(architecture, at: place, cell: table + index * 8)
            image.replaceSubrange(place..<place + code.count, with: code)
        }
    }

    static func architecture(elfMachine machine: UInt16) throws(CompileError) -> Architecture {
        guard let architecture = Architecture(elfMachine: machine) else {
            throw .linking("it is for an unknown machine, by ELF's number \(machine)")
        }
        return architecture
    }
}
