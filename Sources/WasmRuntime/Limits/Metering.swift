internal import CRuntime
public import Wasm

/// An instruction, as costs name it.
public typealias Opcode = Wasm.Opcode

/// Counts what guests do, in points, and stops them when they have used up theirs.
///
/// Each basic block takes the cost of its instructions when it starts; a trap in its middle gives nothing back. The
/// total is the same at every optimization level. A guest stops before the first block, host function or bulk operation
/// that it has too few points for.
///
/// ```swift
/// let metering = Metering.points(limit: 1_000) { opcode in opcode == .memoryGrow ? 100 : 1 }
/// let program = try Engine(options: Engine.Options(metering: metering)).compile(module)
/// let instance = try program.instantiate(imports: imports)
/// do { try instance.function("forever").call() } catch is OutOfPoints {
///     instance.remainingPoints = .remaining(500)                  // and call again
/// }
/// ```
public struct Metering: Hashable, Sendable {
    /// The points that an instance starts with; its start function uses them, too.
    public var limit: UInt64
    /// What each call of a host function costs, besides the call instruction.
    public var hostCallCost: UInt32
    /// Of each instruction, by its opcode's number.
    package let costs: [UInt32]
    package let bytesPerPoint: UInt64?

    /// Metering by a cost for each instruction.
    ///
    /// - Parameters:
    ///   - limit: the points that an instance starts with; without one, as good as unlimited.
    ///   - hostCall: what each call of a host function costs, besides the call instruction.
    ///   - bytesPerPoint: `memory.copy`, `memory.fill`, `memory.init`, their counterparts for tables and arrays,
    ///     `table.grow` and the making of arrays cost one more point for every so many bytes or part of them, with 8
    ///     bytes for a table's element; a struct costs one for every so many whole bytes. `nil` makes lengths free.
    ///   - cost: what an instruction costs; asked once for each.
    public static func points(
        limit: UInt64 = .max, hostCall: UInt32 = 0, bytesPerPoint: UInt64? = 64, cost: (Opcode) -> UInt32
    ) -> Metering {
        Metering(
            limit: limit, hostCallCost: hostCall, costs: Opcode.allCases.map(cost), bytesPerPoint: bytesPerPoint)
    }
}

/// What is left of an instance's points.
public enum RemainingPoints: Hashable, Sendable, CustomStringConvertible {
    /// So many points are left.
    case remaining(UInt64)
    /// Nothing is left: the instance was stopped, or will be by what it does next.
    case exhausted

    /// What is left, for people.
    public var description: String {
        switch self {
        case .remaining(let points): "\(points) remaining"
        case .exhausted: "exhausted"
        }
    }
}

/// The guest had used up its points; its call stopped there. Set ``Instance/remainingPoints`` to call it again.
public struct OutOfPoints: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the guest was; `nil` when none of its functions ran. Equality leaves it out.
    public internal(set) var backtrace: Backtrace?

    /// The error without a backtrace.
    public init() {}
    init(backtrace: Backtrace?) { self.backtrace = backtrace }

    /// All are equal, wherever they happened.
    public static func == (left: OutOfPoints, right: OutOfPoints) -> Bool { true }
    /// Nothing, as all are equal.
    public func hash(into hasher: inout Hasher) {}
    /// That the points are used up, for people.
    public var description: String { "the guest ran out of points" }
}

extension Instance {
    /// What is left of the instance's points. Code compiled without ``Engine/Options/metering`` uses none.
    public var remainingPoints: RemainingPoints {
        get { pointer.pointee.remainingPoints }
        set { pointer.pointee.remainingPoints = newValue }
    }
}

extension Caller {
    /// What is left of the calling instance's points; `nil` when no instance called.
    public var remainingPoints: RemainingPoints? { pointer?.pointee.remainingPoints }

    /// Sets what the calling instance has left; without one, nothing happens.
    public func setRemainingPoints(_ points: RemainingPoints) { pointer?.pointee.remainingPoints = points }
}

extension wasmc_instance {
    fileprivate var remainingPoints: RemainingPoints {
        get { remaining_fuel < 0 ? .exhausted : .remaining(UInt64(remaining_fuel)) }
        set {
            switch newValue {
            case .remaining(let points): remaining_fuel = Int64(clamping: points)
            case .exhausted: remaining_fuel = -1
            }
        }
    }

    mutating func start(_ metering: Metering?) {
        guard let metering else { return }
        remainingPoints = .remaining(metering.limit)
        host_call_fuel = Int64(metering.hostCallCost)
    }
}
