public import WasmEngine
import WasmText

/// A guest whose calls end before their time, in every way there is. Used by one thread at a time.
public final class EndingGuest {
    /// A way to end.
    public enum Ending: String, CaseIterable, Sendable {
        case exit, hostError, nestedExit, nestedTrap, unreachable, load, store, bulk, table, undefined, uninitialized,
            mismatch
        case divisionByZero, overflow, conversion, stack, outOfPoints, outOfPointsInCalls, request, deadline, startExit,
            startTrap
        case startOutOfPoints, startDeadline

        /// The trap that ends the guest's export of this name.
        var trap: Trap.Reason? {
            switch self {
            case .unreachable: .unreachable
            case .load, .store, .bulk, .nestedTrap, .startTrap: .memoryOutOfBounds
            case .table: .tableOutOfBounds
            case .undefined: .undefinedElement
            case .uninitialized: .uninitializedElement
            case .mismatch: .indirectCallTypeMismatch
            case .divisionByZero: .integerDivideByZero
            case .overflow: .integerOverflow
            case .conversion: .invalidConversionToInteger
            case .stack: .stackOverflow
            case .exit, .hostError, .nestedExit, .outOfPoints, .outOfPointsInCalls, .request, .deadline, .startExit,
                .startOutOfPoints, .startDeadline:
                nil
            }
        }
    }

    struct HostError: Error {}

    /// What was expected and what happened instead.
    public struct Surprise: Error, CustomStringConvertible {
        public var description: String
    }

    private static let text = """
        (module
          (import "env" "exit" (func $exit (param i32)))
          (import "env" "throw" (func $throw))
          (import "env" "again" (func $again (param i32)))
          (memory 1)
          (table 3 funcref)
          (type $none (func))
          (func $f)
          (elem (i32.const 0) $f)
          (func (export "exit") (call $exit (i32.const 7)))
          (func (export "hostError") (call $throw))
          (func (export "nest") (param i32) (call $again (local.get 0)))
          (func (export "unreachable") (unreachable))
          (func (export "load") (drop (i32.load (i32.const 65533))))
          (func (export "store") (i64.store (i32.const 65529) (i64.const 1)))
          (func (export "bulk") (memory.fill (i32.const 65000) (i32.const 1) (i32.const 1000)))
          (func (export "table") (drop (table.get 0 (i32.const 3))))
          (func (export "undefined") (call_indirect (type $none) (i32.const 3)))
          (func (export "uninitialized") (call_indirect (type $none) (i32.const 1)))
          (func (export "mismatch") (drop (call_indirect (result i32) (i32.const 0))))
          (func (export "divisionByZero") (drop (i32.div_s (i32.const 1) (i32.const 0))))
          (func (export "overflow") (drop (i32.div_s (i32.const 0x80000000) (i32.const -1))))
          (func (export "conversion") (drop (i64.trunc_f32_u (f32.const nan))))
          (func $stack (export "stack") (call $stack))
          (func (export "spin") (loop (br 0)))
          (func $tree (export "tree") (param i32)
            (if (local.get 0) (then
              (call $tree (i32.sub (local.get 0) (i32.const 1)))
              (call $tree (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "answer") (result i32) (i32.const 42)))
        """

    private static let startText = """
        (module
          (import "env" "mode" (func $mode (result i32)))
          (import "env" "exit" (func $exit (param i32)))
          (memory 1)
          (func $start (local $mode i32)
            (local.set $mode (call $mode))
            (if (i32.eq (local.get $mode) (i32.const 0)) (then (call $exit (i32.const 7))))
            (if (i32.eq (local.get $mode) (i32.const 1)) (then (i32.store (i32.const 65536) (i32.const 0))))
            (loop $for_ever (br $for_ever)))
          (start $start))
        """

    /// What all guests are instances of. The code is shared by any number of threads.
    public struct Programs: Sendable {
        let program, starting: CompiledModule

        /// - Throws: what compiling throws.
        public init(_ mode: Mode) throws {
            program = try mode.engine.compile(Module(text: EndingGuest.text))
            starting = try mode.engine.compile(Module(text: EndingGuest.startText))
        }

        /// The mode's code counts points and can be interrupted.
        public static func mode(_ memory: Engine.MemoryProtection) -> Mode {
            Mode(optimization: .standard, memory: memory, isMetered: true, isInterruptible: true)
        }
    }

    static let points: UInt64 = 20_000
    private let programs: Programs
    private let instance: Instance
    private let answer: () throws -> Int32
    private let nest: Box
    private let handle = InterruptHandle()

    private final class Box {
        var call: ((Int32) throws -> Void)?
        var end: (() throws -> Void)?
    }

    public init(_ programs: Programs) throws {
        self.programs = programs
        let nest = Box()
        self.nest = nest
        var imports = Imports()
        imports.define("env", "exit") { (code: Int32) throws -> Void in throw ExitCode(code) }
        imports.define("env", "throw") { () throws -> Void in throw HostError() }
        imports.define("env", "again") { [unowned nest] (depth: Int32) throws -> Void in
            if depth > 0 { try nest.call?(depth - 1) } else { try nest.end?() }
        }
        instance = try programs.program.instantiate(imports: imports)
        answer = try instance.function("answer", as: (() -> Int32).self)
        nest.call = try instance.function("nest", as: ((Int32) -> Void).self)
        handle.interrupt()
    }

    /// How deep host and guest call each other in ``Ending/nestedExit`` and ``Ending/nestedTrap``.
    public static let nestingDepth: Int32 = 50

    /// Makes a call that ends in this way, and one that does not.
    ///
    /// - Throws: ``Surprise`` when either goes otherwise.
    public func end(_ ending: Ending) throws {
        instance.remainingPoints = .remaining(1 << 40)
        do {
            try call(ending)
            throw Surprise(description: "\(ending): nothing was thrown")
        } catch let error as Surprise {
            throw error
        } catch {
            guard Self.isExpected(error, ending) else { throw Surprise(description: "\(ending): found \(error)") }
        }
        instance.remainingPoints = .remaining(1 << 40)
        let found = try answer()
        guard found == 42 else { throw Surprise(description: "after \(ending) the answer is \(found)") }
    }

    private func call(_ ending: Ending) throws {
        switch ending {
        case .nestedExit: try nest("exit")
        case .nestedTrap: try nest("load")
        case .outOfPoints:
            instance.remainingPoints = .remaining(Self.points)
            _ = try instance.function("spin").call()
        case .outOfPointsInCalls:
            instance.remainingPoints = .remaining(Self.points)
            _ = try instance.function("tree").call([.i32(60)])
        case .request: _ = try instance.function("spin").call(handle: handle)
        case .deadline: _ = try instance.function("spin").call(timeout: .microseconds(20))
        case .startExit: try start(0)
        case .startTrap: try start(1)
        case .startOutOfPoints: try start(2)
        case .startDeadline: try start(2, timeout: .microseconds(20))
        case .exit, .hostError, .unreachable, .load, .store, .bulk, .table, .undefined, .uninitialized, .mismatch,
            .divisionByZero,
            .overflow, .conversion, .stack:
            _ = try instance.function(ending.rawValue).call()
        }
    }

    private func nest(_ export: String) throws {
        let last = try instance.function(export)
        nest.end = { _ = try last.call() }
        try nest.call?(Self.nestingDepth)
    }

    private func start(_ mode: Int32, timeout: Duration? = nil) throws {
        var imports = Imports()
        imports.define("env", "mode") { (caller: Caller) throws -> Int32 in
            if timeout == nil { caller.setRemainingPoints(.remaining(Self.points)) }
            return mode
        }
        imports.define("env", "exit") { (code: Int32) throws -> Void in throw ExitCode(code) }
        _ = try programs.starting.instantiate(imports: imports, timeout: timeout)
    }

    private static func isExpected(_ error: any Error, _ ending: Ending) -> Bool {
        switch ending {
        case .exit, .nestedExit, .startExit: (error as? ExitCode) == ExitCode(7)
        case .hostError: error is HostError
        case .outOfPoints, .outOfPointsInCalls, .startOutOfPoints: error is OutOfPoints
        case .request: (error as? Interrupted) == Interrupted(.requested)
        case .deadline, .startDeadline: (error as? Interrupted) == Interrupted(.deadline)
        case .unreachable, .load, .store, .bulk, .table, .undefined, .uninitialized, .mismatch, .divisionByZero,
            .overflow,
            .conversion, .stack, .nestedTrap, .startTrap:
            (error as? Trap)?.reason == ending.trap
        }
    }
}
