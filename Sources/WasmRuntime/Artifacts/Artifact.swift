internal import CRuntime
internal import Wasm

/// What a compiled module in a file was made from and for; reading it loads no code.
///
/// ```swift
/// let file = try Engine().artifact(of: module)
/// let artifact = try Artifact(bytes: file)
/// print(artifact.exports.map(\.name), artifact.codeByteCount <= artifact.byteCount)
/// ```
public struct Artifact: Hashable, Sendable {
    /// The target in LLVM's form.
    public var triple: String
    /// Processor features that the code may use, in LLVM's names.
    public var features: [String]
    /// The compiler's version and LLVM's.
    public var compiler: String
    /// The settings that decided what code was generated.
    public var settings: String
    /// SHA-256 of the module, in hexadecimal digits.
    public var sourceDigest: String
    /// The bytes of the module that it was compiled from.
    public var sourceByteCount: Int
    /// The bytes of its machine code.
    public var codeByteCount: Int
    /// Data segments.
    public var dataByteCount: Int
    /// The whole file.
    public var byteCount: Int
    /// What the module imports, in its order.
    public var imports: [CompiledModule.Import]
    /// What the module exports, in its order.
    public var exports: [CompiledModule.Export]
}

extension Artifact {
    /// Reads an artifact, all of which is checked for damage; nothing of it is loaded.
    ///
    /// - Throws: ``ArtifactError`` when the bytes are no artifact of this version, or a damaged one.
    public init(bytes: [UInt8]) throws(ArtifactError) {
        var message = [CChar](repeating: 0, count: 256)
        guard wasmc_artifact_check(bytes, UInt64(bytes.count), &message, message.count) else {
            throw ArtifactError(reason: text(message))
        }
        self = bytes.withUnsafeBytes { buffer in
            // Checked: the bytes are not empty.
            ArtifactReader(image: buffer.baseAddress.unsafelyUnwrapped).artifact
        }
    }

    /// Whether bytes start like an artifact, not like a module.
    public static func isLikely(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }
}
