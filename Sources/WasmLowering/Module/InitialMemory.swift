public import Wasm

/// What active data segments make of a module's own memories, where that is known before anything runs: instances start
/// from a shared image of it, so that instantiation does not copy the data.
public struct InitialMemory: Sendable {
    /// The bytes of a memory that its segments write to.
    public struct Image: Sendable {
        public var memory: Int
        /// In the memory.
        public var range: Range<Int>
        /// In the module's order, later ones on top.
        public var segments: [Int]
    }

    public private(set) var images: [Image] = []
    /// The segments that need no instruction to become active: all those of the images.
    public private(set) var segments: Set<Int> = []

    /// Holes of so much cost less than writing the data when a module is instantiated.
    private static let smallByteCount = 4096

    public init(_ module: Module) {
        guard Self.elementsFit(module) else { return }
        var parts: [Int: [(segment: Int, range: Range<Int>)]] = [:]
        for (index, segment) in module.dataSegments.enumerated() {
            guard case .active(let memory, let offset) = segment.mode else { continue }
            // Any segment that might trap ends instantiation, and what it had done by then may be seen.
            guard memory >= module.importedMemoryCount, let start = Self.constant(offset, module) else { return }
            let range = start..<start + segment.range.count
            let type = module.memories[memory].type
            guard range.upperBound <= type.minimumByteCount else { return }
            // An image has whole pages of the machine; code writes what goes into smaller ones.
            if type.hasBytePages { continue }
            parts[memory, default: []].append((index, range))
        }
        for (memory, parts) in parts.sorted(by: { $0.key < $1.key }) {
            let filled = parts.filter { !$0.range.isEmpty }
            let byteCount = filled.reduce(0) { $0 + $1.range.count }
            guard let start = filled.map(\.range.lowerBound).min(), let end = filled.map(\.range.upperBound).max(),
                // No images that are mostly holes.
                (end - start) / 2 <= max(byteCount, Self.smallByteCount)
            else { continue }
            images.append(Image(memory: memory, range: start..<end, segments: filled.map(\.segment)))
            segments.formUnion(parts.map(\.segment))
        }
    }

    /// The image's bytes from the start of the page that holds its first one.
    public func bytes(of image: Image, in module: Module, pageByteCount: Int) -> (start: Int, bytes: [UInt8]) {
        let start = image.range.lowerBound / pageByteCount * pageByteCount
        let end = (image.range.upperBound + pageByteCount - 1) / pageByteCount * pageByteCount
        var bytes = [UInt8](repeating: 0, count: end - start)
        for index in image.segments {
            let segment = module.dataSegments[index]
            guard case .active(_, let offset) = segment.mode, let place = Self.constant(offset, module) else {
                continue
            }
            bytes.replaceSubrange(
                place - start..<place - start + segment.range.count, with: module.bytes[segment.range])
        }
        return (start, bytes)
    }

    /// Active element segments come first, so that none of them may trap either.
    static func elementsFit(_ module: Module) -> Bool {
        module.elementSegments.allSatisfy { segment in
            guard case .active(let table, let offset) = segment.mode else { return true }
            guard let start = constant(offset, module) else { return false }
            return start + segment.count <= module.tables[table].type.elements.minimum
        }
    }

    /// The value of an expression that is one constant, if a memory or table can have such an address.
    static func constant(_ expression: Module.ConstantExpression, _ module: Module) -> Int? {
        var reader = ConstantExpressionReader(module: module, expression: expression)
        guard let only = reader.next(), reader.next() == nil else { return nil }
        if only.opcode == .i32Const { return Int(UInt32(truncatingIfNeeded: only.immediates.bits)) }
        guard only.opcode == .i64Const, only.immediates.bits < 1 << 60 else { return nil }
        return Int(only.immediates.bits)
    }
}
