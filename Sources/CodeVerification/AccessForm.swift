/// Why an access of machine code to memory is right, or why a call or jump leads to where code may be entered.
public enum AccessForm: Int, Sendable, CaseIterable, Codable {
    /// None of the others: it may be right all the same.
    case notUnderstood
    /// A memory's base and a number that is compared with the memory's size, or small enough for its smallest size.
    case comparedWithMemory
    /// A memory's base and a number that stays within the memory's reservation: beyond the memory it faults.
    case withinReservation
    /// A table's elements and a number that is compared with how many there are.
    case comparedWithTable
    /// The record of a function that a reference names, which is not null. Whether a word is a reference or a number
    /// the code does not say: it is one that came whole from where references come from, and goes on as it came.
    case inRecord
    /// The heap's base and a number that is compared with an array's length.
    case comparedWithArray
    /// The heap's base and a number that stays within the heap's reservation, such as a reference of 32 bits and a
    /// field's offset.
    case inHeap
    /// The function's frame, its arguments on the stack, or room that its caller gave it for results.
    case onStack
    /// The instance, or a structure of the runtime that it leads to, at an offset that is known and inside.
    case inRuntimeStructure
    /// The artifact's constants, at offsets that lie inside.
    case inConstants
    /// A call, jump or return to where code starts, or back to the caller.
    case toKnownCode
    /// Code that nothing gets to.
    case neverReached

    /// A few words for a table.
    public var summary: String {
        switch self {
        case .notUnderstood: "not understood"
        case .comparedWithMemory: "memory, compared with its size"
        case .withinReservation: "memory, within its reservation"
        case .comparedWithTable: "table, compared with its size"
        case .inRecord: "records that references name"
        case .comparedWithArray: "array, compared with its length"
        case .inHeap: "heap, within its reservation"
        case .onStack: "stack"
        case .inRuntimeStructure: "instance and runtime structures"
        case .inConstants: "constants"
        case .toKnownCode: "calls, jumps and returns to known code"
        case .neverReached: "in code that is never reached"
        }
    }
}
