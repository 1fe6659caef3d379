package import CRuntime
public import Wasm

/// A module in native code. Instantiate it as often as you like, from any thread.
///
/// ```swift
/// let program = try Engine().compile(module)
/// try program.write(to: "program.cwasm")
/// let loaded = try CompiledModule(trusting: "program.cwasm")      // compiles nothing; WasmRuntime can do it
/// let instance = try loaded.instantiate(imports: imports)
/// ```
public final class CompiledModule: @unchecked Sendable {
    // Unchecked: everything is written during initialization and only read afterwards.

    package let pointer: UnsafeMutablePointer<wasmc_module>
    private let reader: ArtifactReader
    let metering: Metering?
    /// Compiles what turns out to be hot: the compiler's, of which nothing is known here.
    package var hotCode: AnyObject?
    /// Compiles what is called first, likewise.
    package var firstCode: AnyObject?
    /// What an instance needs, in the module's order.
    public let imports: [Import]
    /// What an instance offers, in the module's order.
    public let exports: [Export]

    /// Something that the module needs to be instantiated.
    public struct Import: Hashable, Sendable {
        /// The first of its two names.
        public var module: String
        /// The second of its two names.
        public var name: String
        /// What it has to be.
        public var type: ExternalType
        /// The type index of a function.
        let typeIndex: Int
    }

    /// Something that instances of the module offer.
    public struct Export: Hashable, Sendable {
        /// The name under which instances have it.
        public var name: String
        /// What it is.
        public var type: ExternalType
        /// Where its record or slot is in an instance, in bytes from the start.
        let instanceOffset: Int
    }

    package init(owning pointer: UnsafeMutablePointer<wasmc_module>, metering: Metering? = nil) {
        self.pointer = pointer
        self.metering = metering
        reader = ArtifactReader(
            image: UnsafeRawPointer(pointer.pointee.image), typeNumbers: pointer.pointee.type_ids)
        imports = reader.imports
        exports = reader.exports
    }

    deinit { wasmc_module_release(pointer) }

    /// Loads an artifact that this process has just made, or that it has reason to trust as it trusts itself.
    package convenience init(artifact bytes: [UInt8], metering: Metering? = nil) throws(ArtifactError) {
        var message = [CChar](repeating: 0, count: 256)
        guard let pointer = wasmc_module_load(bytes, bytes.count, &message, message.count) else {
            throw ArtifactError(reason: text(message))
        }
        self.init(owning: pointer, metering: metering)
    }

    /// Loads a compiled module from a file that ``write(to:)`` or `wasmc compile` made, without LLVM. The file is
    /// mapped: processes that load it share its pages, and it must stay unchanged (it may be deleted or replaced) while
    /// it is used.
    ///
    /// The file's code runs with all rights of this process. Load only what you would run as a program; checksums find
    /// damage, not an attacker. Code that counts points starts without a limit: set ``Instance/remainingPoints``.
    ///
    /// - Parameter verifiesAll: looks for damage to code and data, too, not to the description alone, which reads the
    ///   whole file.
    /// - Throws: ``ArtifactError`` when the file is no compiled module, or one for another machine or version.
    public convenience init(trusting path: String, verifiesAll: Bool = false) throws(ArtifactError) {
        let pointer = try ArtifactFile(path).map(verifiesAll: verifiesAll)
        self.init(owning: pointer)
        if let error = incompleteness(path) { throw error }
    }

    /// Nobody would compile its functions.
    private func incompleteness(_ path: String?) -> ArtifactError? {
        guard pointer.pointee.artifact.pointee.stubs.count > 0 else { return nil }
        return ArtifactError(
            path: path,
            reason: "its functions were to be compiled when they are called; Engine.artifact(of:) makes complete ones")
    }

    /// As ``init(trusting:verifiesAll:)``, from bytes in memory, which are copied.
    ///
    /// - Throws: ``ArtifactError``
    public convenience init(trusting bytes: [UInt8], verifiesAll: Bool = false) throws(ArtifactError) {
        if verifiesAll { _ = try Artifact(bytes: bytes) }
        try self.init(artifact: bytes)
        if let error = incompleteness(nil) { throw error }
    }

    /// Keeps up to so many memories of instances that are gone for those to come, as ``Engine/Options/instancePool``
    /// does.
    public func poolMemories(upTo count: Int) { wasmc_module_set_pool(pointer, UInt32(clamping: count)) }

    /// Whether one of its types has this canonical number.
    func has(typeNumber: UInt32) -> Bool {
        UnsafeBufferPointer(
            start: pointer.pointee.type_ids, count: Int(pointer.pointee.artifact.pointee.function_types.count)
        ).contains(typeNumber)
    }

    /// Before the first instance: see ``Engine/Options/stackByteCount``.
    package func limitStack(byteCount: UInt64) { pointer.pointee.stack_byte_count = max(byteCount, 1) }

    /// The artifact: an ELF file for `CompiledModule(trusting:)`, and for `objdump`, `nm` and `gdb` to read. With
    /// ``Tiering/isLazy`` it is not complete, and is not loaded.
    public var bytes: [UInt8] { reader.bytes }

    /// Writes the artifact. The file appears whole or not at all.
    ///
    /// - Throws: ``FileError``
    public func write(to path: String) throws(FileError) { try AtomicFile.write(bytes, to: path) }

    /// What the module was made from and for.
    public var artifact: Artifact { reader.artifact }
}

/// A compiled module that cannot be loaded.
public struct ArtifactError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, if it is one.
    public var path: String?
    /// What is wrong, for people.
    public var reason: String
    /// The reason with what could not be used.
    public var description: String {
        (path.map { $0 + ": " } ?? "") + "the compiled module cannot be loaded: \(reason)"
    }

    package init(path: String? = nil, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// The text in a C buffer.
package func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
