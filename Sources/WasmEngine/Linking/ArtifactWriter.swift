internal import CRuntime
internal import DWARF
internal import Wasm
internal import WasmLowering

/// Makes an artifact of a module's objects. The same input gives the same bytes.
struct ArtifactWriter {
    private let module: Module
    /// What a replacement needs none of takes long to find out in a large module.
    private let layout: InstanceLayout?
    private let options: CompilationOptions
    private var linker: ObjectLinker
    private let initialMemory: InitialMemory?
    private let images: [(memory: Int, start: Int, bytes: [UInt8])]
    private var header = wasmc_artifact()

    /// - Throws: ``CompileError`` when the objects cannot be linked.
    static func write(
        _ module: Module, _ objects: [[UInt8]], _ options: CompilationOptions
    ) throws(CompileError) -> [UInt8] {
        var absent: [Int] = []
        if options.isLazy {
            absent = module.functions.indices.filter { index in
                index >= module.importedFunctionCount && !module.functions[index].makesTailCalls
            }
        }
        var writer = ArtifactWriter(module, try ObjectLinker(objects, absentFunctions: absent), options)
        return try writer.file()
    }

    /// Optimized code for some functions of a module, to be put in the place of what its artifact has.
    ///
    /// - Throws: ``CompileError`` when the object cannot be linked.
    static func writeReplacement(
        _ module: Module, _ code: ModuleCompiler.HotCode, _ options: CompilationOptions
    ) throws(CompileError) -> [UInt8] {
        var writer = ArtifactWriter(module, try ObjectLinker([code.object]), options, isWhole: false)
        return try writer.file(replacing: code.functions, code.loops, SourceLines(module))
    }

    /// The first code of some functions, for an artifact that has stubs for them.
    ///
    /// - Parameter lines: the module's, since to read them may take long.
    /// - Throws: ``CompileError`` when the objects cannot be linked.
    static func writeFunctions(
        _ functions: [Int], of module: Module, _ objects: [[UInt8]], _ options: CompilationOptions,
        _ lines: SourceLines?
    ) throws(CompileError) -> [UInt8] {
        var writer = ArtifactWriter(module, try ObjectLinker(objects), options, isWhole: false)
        return try writer.file(replacing: functions, [], lines)
    }

    /// Has the code of a finished replacement look for the externals' addresses at another place, counted from its
    /// start.
    ///
    /// - Throws: ``CompileError`` when it is for another machine than the linker knows.
    static func moveExternals(to place: Int, in file: inout [UInt8]) throws(CompileError) {
        let architecture = try ObjectLinker.architecture(elfMachine: file.load(at: 18))
        let start = Int(WASMC_ARTIFACT_OFFSET)
        var header = file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: wasmc_artifact.self) }
        header.externals = UInt32(truncatingIfNeeded: place)
        file.withUnsafeMutableBytes { $0.storeBytes(of: header, toByteOffset: start, as: wasmc_artifact.self) }
        let end = Int(header.code.offset + header.code.count)
        ObjectLinker.writeExternalStubs(architecture, endingAt: end, table: place, in: &file)
        wasmc_artifact_seal(&file, UInt64(file.count))
    }

    /// The same as an object to link.
    ///
    /// - Parameter symbol: the artifact's name for C.
    /// - Throws: ``CompileError`` when the objects cannot be linked.
    static func writeObject(
        _ module: Module, _ objects: [[UInt8]], _ options: CompilationOptions, symbol: String
    ) throws(CompileError) -> [UInt8] {
        var writer = ArtifactWriter(module, try ObjectLinker(objects), options)
        let artifact = try writer.file()
        let name = writer.nameOfSymbol()
        let functions = writer.linker.functions.map { function in
            ObjectLinker.FunctionSymbol(
                name: name(function.name), offset: function.offset, byteCount: function.byteCount)
        }
        return LinkableObject(
            artifact: artifact, for: writer.linker.architecture, functions: functions,
            externals: writer.linker.usedExternals, symbol: symbol
        ).bytes
    }

    private init(_ module: Module, _ linker: ObjectLinker, _ options: CompilationOptions, isWhole: Bool = true) {
        self.module = module
        self.linker = linker
        self.options = options
        guard isWhole else {
            (layout, initialMemory, images) = (nil, nil, [])
            return
        }
        layout = InstanceLayout(module)
        let initialMemory = InitialMemory(module)
        self.initialMemory = initialMemory
        images = initialMemory.images.map { image in
            let (start, bytes) = initialMemory.bytes(of: image, in: module, pageByteCount: linker.pageByteCount)
            return (image.memory, start, bytes)
        }
    }

    private mutating func file(
        replacing functions: [Int], _ loops: [HotLoop], _ lines: SourceLines?
    ) throws(CompileError) -> [UInt8] {
        linker.append(zerosUpTo: 16)
        var metadata = MetadataWriter(at: linker.image.count)
        describeSettings(&metadata)
        header.is_replacement = true
        try describeTiers(functions: functions, loops: loops, &metadata)
        try describeFrames(lines, &metadata)
        append(metadata)
        return try finish()
    }

    private mutating func file() throws(CompileError) -> [UInt8] {
        linker.append(zerosUpTo: 16)
        var metadata = MetadataWriter(at: linker.image.count)
        describeOrigin(&metadata)
        try describeInterface(&metadata)
        if options.tier == .baseline {
            try describeTiers(
                functions: Array(module.importedFunctionCount..<module.functions.count), loops: [], &metadata)
        }
        try describeFrames(SourceLines(module), &metadata)
        describeFunctions(&metadata)
        try describeData(&metadata)
        append(metadata)
        for index in module.dataSegments.indices where initialMemory?.segments.contains(index) != true {
            linker.append(Array(module.bytes[module.dataSegments[index].range]))
        }
        for image in images {
            linker.append(zerosUpTo: linker.pageByteCount)
            linker.append(image.bytes)
        }
        return try finish()
    }

    private mutating func append(_ metadata: MetadataWriter) {
        header.metadata = metadata.span
        linker.append(metadata.bytes)
        linker.append(zerosUpTo: 16)
    }

    /// Adds what files have for other tools, and seals.
    private mutating func finish() throws(CompileError) -> [UInt8] {
        var sections = SectionWriter(linker, metadata: header.metadata, names: nameOfSymbol())
        let tail = sections.write(at: linker.image.count)
        header.externals = UInt32(
            (linker.image.count + tail.count + linker.pageByteCount - 1) / linker.pageByteCount * linker.pageByteCount)
        linker.finish(externalsAt: Int(header.externals))
        var file = linker.image + tail
        file.replaceSubrange(0..<sections.headers.count, with: sections.headers)
        seal(&file)
        return file
    }

    // MARK: Description

    private mutating func describeOrigin(_ metadata: inout MetadataWriter) {
        describeSettings(&metadata)
        header.source_byte_count = UInt64(module.bytes.count)
        withUnsafeMutableBytes(of: &header.source_digest) { digest in
            digest.copyBytes(from: module.sourceDigest)
        }
    }

    private mutating func describeSettings(_ metadata: inout MetadataWriter) {
        header.triple = metadata.append(options.target.triple)
        header.features = metadata.append(options.target.requiredFeatures.joined(separator: ","))
        header.compiler = metadata.append(Engine.compilerDescription)
        header.settings = metadata.append(options.summary)
        header.wants_guarded_memory = options.memory == .guarded
        header.is_interruptible = options.isInterruptible
        header.is_metered = options.fuelCosts != nil
        header.code = wasmc_span(offset: UInt32(linker.code.lowerBound), count: UInt32(linker.code.count))
    }

    private mutating func describeInterface(_ metadata: inout MetadataWriter) throws(CompileError) {
        // What the tables refer to is before them.
        let types = try functionTypes(&metadata)
        header.defined_types = definedTypes(&metadata)
        header.uses_heap = module.features.contains(.gc)
        let imports = imports(&metadata)
        let exports = try exports(&metadata)
        header.function_types = metadata.append(types)
        header.imports = metadata.append(imports)
        header.exports = metadata.append(exports)
        header.records = metadata.append(try functionRecords())
        describeDefinitions(&metadata)
        header.initialize = try linker.offset(of: SymbolName.initialize)
    }

    /// By type index; empty for types of objects.
    private func functionTypes(_ metadata: inout MetadataWriter) throws(CompileError) -> [wasmc_function_type] {
        var types: [wasmc_function_type] = []
        let trampolines = TrampolineTypes(module).representatives
        for (index, definition) in module.definedTypes.definitions.enumerated() {
            guard let type = definition.function else {
                types.append(wasmc_function_type())
                continue
            }
            var entry: UInt32 = 0, host: UInt32 = 0
            if let trampoline = trampolines[index] {
                entry = try linker.offset(of: SymbolName.entry(trampoline))
                host = try linker.offset(of: SymbolName.host(trampoline))
            }
            // The results follow the parameters.
            let codes = metadata.append((type.parameters + type.results).map(\.storedCode))
            let parameterCount = UInt32(type.parameters.count)
            types.append(
                wasmc_function_type(
                    parameters: wasmc_span(offset: codes.offset, count: parameterCount),
                    results: wasmc_span(
                        offset: codes.offset + parameterCount * 4, count: codes.count - parameterCount),
                    entry_trampoline: entry, host_trampoline: host))
        }
        return types
    }

    private func imports(_ metadata: inout MetadataWriter) -> [wasmc_import] {
        module.imports.map { entry in
            let typeIndex =
                switch entry.descriptor {
                case .function(let index), .tag(let index): index
                case .table, .memory, .global: 0
                }
            return wasmc_import(
                module: metadata.append(entry.module), name: metadata.append(entry.name),
                type: wasmc_external_type(module.type(of: entry.descriptor), functionType: typeIndex))
        }
    }

    private func exports(_ metadata: inout MetadataWriter) throws(CompileError) -> [wasmc_export] {
        try module.exports.map { export throws(CompileError) in
            guard let offset = layout?.offset(of: export) else {
                throw .linking("the exported function \(export.index) has no record")
            }
            let typeIndex =
                switch export.kind {
                case .function: module.functions[export.index].typeIndex
                case .tag: module.tags[export.index].typeIndex
                case .table, .memory, .global: 0
                }
            return wasmc_export(
                name: metadata.append(export.name), index: UInt32(export.index), instance_offset: UInt32(offset),
                type: wasmc_external_type(module.type(of: export), functionType: typeIndex))
        }
    }

    private func functionRecords() throws(CompileError) -> [wasmc_function_record] {
        var records: [wasmc_function_record] = []
        for index in layout?.recordFunctionIndices ?? [] {
            let isImported = index < module.importedFunctionCount
            let code = isImported ? 0 : try linker.offset(of: SymbolName.function(index))
            let makesTailCalls = module.functions[index].makesTailCalls
            records.append(
                wasmc_function_record(
                    index: UInt32(index), type: UInt32(module.functions[index].typeIndex),
                    code: makesTailCalls ? try linker.offset(of: SymbolName.tailAdapter(index)) : code,
                    tail_code: makesTailCalls ? code : 0))
        }
        return records
    }

    /// The module's own memories, tables, globals and tags, and how many it imports.
    private mutating func describeDefinitions(_ metadata: inout MetadataWriter) {
        header.memories = metadata.append(
            module.memories.dropFirst(module.importedMemoryCount).map { wasmc_external_type(.memory($0.type)) })
        header.tables = metadata.append(
            module.tables.dropFirst(module.importedTableCount).map { wasmc_external_type(.table($0.type)) })
        header.tags = metadata.append(
            module.tags.dropFirst(module.importedTagCount).map {
                wasmc_external_type(.tag(module.types[$0.typeIndex]), functionType: $0.typeIndex)
            })
        header.imported_tag_count = UInt32(module.importedTagCount)
        header.exception_value_count = UInt32(
            module.tags.map { module.types[$0.typeIndex].parameters.count }.max() ?? 0)
        header.keeps_exceptions = module.handsOnExceptions
        header.imported_memory_count = UInt32(module.importedMemoryCount)
        header.imported_table_count = UInt32(module.importedTableCount)
        header.imported_global_count = UInt32(module.importedGlobalCount)
        header.imported_function_count = UInt32(module.importedFunctionCount)
        header.global_count = UInt32(module.globals.count)
        header.tail_argument_count = UInt32(TailArguments.areaCount(module))
        let memory = module.exports.first { $0.kind == .memory && $0.name == "memory" }
        header.exported_memory = memory.map { Int32($0.index) } ?? -1
    }

    /// What makes types more than functions' types; nothing where all are such.
    private func definedTypes(_ metadata: inout MetadataWriter) -> wasmc_span {
        let definitions = module.definedTypes.definitions
        if definitions.allSatisfy(\.isPlain) { return wasmc_span() }
        var types: [wasmc_defined_type] = []
        for (index, type) in definitions.enumerated() {
            types.append(
                wasmc_defined_type(
                    fields: metadata.append(type.fields.map(\.storedCode)),
                    supertype: type.supertype.map { UInt32($0) } ?? .max,
                    group_count: index == type.group.lowerBound ? UInt32(type.group.count) : 0,
                    kind: type.kind.rawValue, is_final: type.isFinal, reserved: (0, 0)))
        }
        return metadata.append(types)
    }

    private mutating func describeTiers(
        functions: [Int], loops: [HotLoop], _ metadata: inout MetadataWriter
    ) throws(CompileError) {
        var rows: [wasmc_tiered_code] = []
        for index in functions {
            let code = try linker.offset(of: SymbolName.function(index))
            rows.append(wasmc_tiered_code(function: UInt32(index), loop: .max, code: code))
        }
        for loop in loops {
            let code = try linker.offset(of: SymbolName.loop(loop.number, ofFunction: loop.function))
            rows.append(wasmc_tiered_code(function: UInt32(loop.function), loop: UInt32(loop.number), code: code))
        }
        header.tiered_code = metadata.append(rows)
        if let stubs = linker.functionStubs { header.stubs = stubs.span }
    }

    private mutating func describeFrames(
        _ lines: SourceLines?, _ metadata: inout MetadataWriter
    ) throws(CompileError) {
        let frames = try linker.unwindTable()
        header.unwind_rows = metadata.append(frames.rows)
        header.saved_registers = metadata.append(frames.savedRegisters)
        header.landing_pads = metadata.append(try linker.landingPads())
        let sites = try linker.codeSites()
        header.code_sites = metadata.append(sites.rows)
        header.inlined_calls = metadata.append(sites.inlinedCalls)
        describeSource(of: sites, lines, &metadata)
        header.tail_code = metadata.append(
            linker.functions.filter { function in
                SymbolName.functionIndex(function.name).map { module.functions[$0].makesTailCalls } ?? false
            }.map { UInt32($0.offset) })
    }

    private mutating func describeFunctions(_ metadata: inout MetadataWriter) {
        header.function_bodies = metadata.append(
            module.functions.map { function in
                let body = function.body ?? 0..<0
                return wasmc_span(offset: UInt32(body.lowerBound), count: UInt32(body.count))
            })
        let names = module.functionNames().map { metadata.append($0 ?? "") }
        header.function_names = metadata.append(names)
    }

    /// The lines of the instructions that can be in a backtrace, so that nobody needs the module to print one.
    private mutating func describeSource(
        of sites: CodeSites, _ lines: SourceLines?, _ metadata: inout MetadataWriter
    ) {
        guard let lines else { return }
        var files: [String: UInt32] = [:]
        var names: [wasmc_span] = []
        var locations: [wasmc_source_location] = []
        for offset in sites.byteOffsets {
            guard let location = lines.location(at: Int(offset)) else { continue }
            let file = files[location.file] ?? UInt32(names.count)
            if file == names.count {
                files[location.file] = file
                names.append(metadata.append(location.file))
            }
            locations.append(
                wasmc_source_location(byte_offset: offset, file: file, line: UInt32(clamping: location.line)))
        }
        header.source_locations = metadata.append(locations)
        header.source_files = metadata.append(names)
    }

    /// Data segments are after the metadata, which is checked on every load; they are not.
    private mutating func describeData(_ metadata: inout MetadataWriter) throws(CompileError) {
        if let layout { try metadata.appendInitializers(of: module, layout, without: initialMemory, to: &header) }
        let count = module.dataSegments.count
        header.element_segment_counts = metadata.append(module.elementSegments.map { UInt64($0.count) })
        header.data_byte_count = UInt64(module.dataSegments.reduce(0) { $0 + $1.range.count })
        var next = metadata.end(
            of: (count, MemoryLayout<wasmc_span>.stride), (images.count, MemoryLayout<wasmc_memory_image>.stride))
        next = (next + 15) / 16 * 16
        header.data_segments = metadata.append(
            module.dataSegments.enumerated().map { index, segment in
                if initialMemory?.segments.contains(index) == true { return wasmc_span() }
                defer { next += segment.range.count }
                return wasmc_span(offset: UInt32(next), count: UInt32(segment.range.count))
            })
        header.memory_images = metadata.append(
            images.map { image in
                next = (next + linker.pageByteCount - 1) / linker.pageByteCount * linker.pageByteCount
                defer { next += image.bytes.count }
                return wasmc_memory_image(
                    memory: UInt32(image.memory - module.importedMemoryCount), offset: UInt32(next),
                    destination: UInt64(image.start),
                    byte_count: UInt64(image.bytes.count))
            })
    }

    // MARK: Names

    private func nameOfSymbol() -> (String) -> String {
        let names = module.functionNames()
        return { symbol in
            guard let index = SymbolName.functionIndex(symbol), let name = names[index] else { return symbol }
            return name.isEmpty || name.utf8.contains(0) ? symbol : name
        }
    }

    private func seal(_ file: inout [UInt8]) {
        let start = Int(WASMC_ARTIFACT_OFFSET)
        withUnsafeBytes(of: header) { file.replaceSubrange(start..<start + $0.count, with: $0) }
        wasmc_artifact_seal(&file, UInt64(file.count))
    }
}

extension ObjectLinker {
    mutating func append(zerosUpTo alignment: Int) {
        append([UInt8](repeating: 0, count: (alignment - image.count % alignment) % alignment))
    }
}
