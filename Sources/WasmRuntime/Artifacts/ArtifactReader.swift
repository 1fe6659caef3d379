internal import CRuntime
internal import DWARF
internal import Wasm

/// Reads the description of an artifact in place. The runtime has checked that all of it lies inside.
struct ArtifactReader {
    let image: UnsafeRawPointer
    /// The canonical numbers of the module's types, which are in place of indices; `nil` for a file that is not
    /// loaded.
    var typeNumbers: UnsafePointer<UInt32>?

    var header: UnsafePointer<wasmc_artifact> {
        (image + Int(WASMC_ARTIFACT_OFFSET)).assumingMemoryBound(to: wasmc_artifact.self)
    }

    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: image, count: Int(header.pointee.byte_count))) }

    private func elements<T>(_ span: wasmc_span, of: T.Type) -> UnsafeBufferPointer<T> {
        UnsafeBufferPointer(start: (image + Int(span.offset)).assumingMemoryBound(to: T.self), count: Int(span.count))
    }

    private func text(_ span: wasmc_span) -> String { String(decoding: elements(span, of: UInt8.self), as: UTF8.self) }

    private func valueTypes(_ span: wasmc_span) -> [ValueType] {
        elements(span, of: UInt32.self).map(valueType)
    }

    private func valueType(_ code: UInt32) -> ValueType {
        let type = ValueType(storedCode: code)
        return typeNumbers.map { type.canonical($0) } ?? type
    }

    private func type(_ type: wasmc_external_type) -> ExternalType {
        let value = valueType(type.value)
        return switch ExternalKind(rawValue: type.kind) {
        case .table:
            .table(TableType(element: value, elements: Limits(type.limits), is64Bit: type.is_64bit))
        case .memory:
            .memory(
                MemoryType(
                    pages: Limits(type.limits), is64Bit: type.is_64bit, isShared: type.is_shared,
                    hasBytePages: type.has_byte_pages))
        case .tag: .tag(functionType(Int(type.function_type)))
        case .global: .global(GlobalType(value: value, isMutable: type.is_mutable))
        case .function, nil:
            .function(functionType(Int(type.function_type)))
        }
    }

    private func functionType(_ index: Int) -> FunctionType {
        let types = elements(header.pointee.function_types, of: wasmc_function_type.self)
        guard index < types.count else { return FunctionType(parameters: [], results: []) }
        return FunctionType(parameters: valueTypes(types[index].parameters), results: valueTypes(types[index].results))
    }

    var imports: [CompiledModule.Import] {
        elements(header.pointee.imports, of: wasmc_import.self).map {
            .init(
                module: text($0.module), name: text($0.name), type: type($0.type), typeIndex: Int($0.type.function_type)
            )
        }
    }

    var exports: [CompiledModule.Export] {
        elements(header.pointee.exports, of: wasmc_export.self).map(export)
    }

    private func export(_ export: wasmc_export) -> CompiledModule.Export {
        .init(name: text(export.name), type: type(export.type), instanceOffset: Int(export.instance_offset))
    }

    /// Without making all of the others.
    func firstExport(where isWanted: (wasmc_external_type) -> Bool) -> CompiledModule.Export? {
        elements(header.pointee.exports, of: wasmc_export.self).first { isWanted($0.type) }.map(export)
    }

    func export(named name: String) -> CompiledModule.Export? {
        elements(header.pointee.exports, of: wasmc_export.self)
            .first { elements($0.name, of: UInt8.self).elementsEqual(name.utf8) }.map(export)
    }

    /// The name that the module gives a function.
    func functionName(_ index: Int) -> String? {
        let names = elements(header.pointee.function_names, of: wasmc_span.self)
        return index < names.count && names[index].count > 0 ? text(names[index]) : nil
    }

    /// The line that a frame of this artifact's module is at.
    func source(of frame: wasmc_frame) -> SourceLines.Location? {
        var file = wasmc_span()
        let source = withUnsafePointer(to: frame) { wasmc_frame_source($0, &file) }
        return source.map { SourceLines.Location(file: text(file), line: Int($0.pointee.line)) }
    }

    var artifact: Artifact {
        let header = header.pointee
        let digest = withUnsafeBytes(of: header.source_digest) { Array($0) }
        return Artifact(
            triple: text(header.triple), features: text(header.features).split(separator: ",").map(String.init),
            compiler: text(header.compiler), settings: text(header.settings), sourceDigest: hexadecimal(digest),
            sourceByteCount: Int(header.source_byte_count), codeByteCount: Int(header.code.count),
            dataByteCount: Int(header.data_byte_count),
            byteCount: Int(header.byte_count), imports: imports, exports: exports)
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
