internal import Wasm

/// What a guest may call next: what is called by functions that it called, by what those call, and so on, the nearest
/// first. Of functions in tables also their neighbours: compilers put what belongs together side by side, and who calls
/// one by a table calls others.
struct CalleeGuesses {
    /// Guesses at a greater distance are for nothing too often.
    private static let mostDistance = 4
    private static let neighbourCount = 2

    private let module: Module
    /// Whose callees were not looked for.
    private var unread: [(function: Int, distance: Int)] = []
    /// By how many calls they are away from a function that was called; the latest last.
    private var functions = [[Int]](repeating: [], count: mostDistance + 1)
    private var noted: Set<Int> = []

    init(_ module: Module) { self.module = module }

    /// Functions that are compiled, so far away from one that was called.
    mutating func note(_ functions: [Int], distance: Int) {
        guard distance < Self.mostDistance else { return }
        for function in functions where noted.insert(function).inserted { unread.append((function, distance)) }
    }

    /// Looks for the callees of what was noted.
    mutating func read() {
        for (function, distance) in unread { read(function, distance) }
        unread = []
    }

    /// The next ones with up to so many bytes of bodies, or one that has more.
    mutating func next(atMost most: Int, known: Set<Int>) -> [Int] {
        var chosen: [Int] = []
        var byteCount = 0
        for distance in functions.indices {
            while let function = functions[distance].popLast() {
                guard !known.contains(function), !chosen.contains(function), let body = module.functions[function].body
                else { continue }
                if !chosen.isEmpty, byteCount + body.count > most {
                    functions[distance].append(function)
                    return chosen
                }
                byteCount += body.count
                chosen.append(function)
                note([function], distance: distance)
            }
        }
        return chosen
    }

    private mutating func read(_ function: Int, _ distance: Int) {
        if distance == 0, module.functions[function].isReferenced {
            for step in 1...Self.neighbourCount {
                for neighbour in [function - step, function + step] where isReferenced(neighbour) {
                    functions[distance + 2].append(neighbour)
                }
            }
        }
        guard var reader = try? FunctionBodyReader(module: module, functionIndex: function) else { return }
        var callees: [Int] = []
        while let instruction = try? reader.next() {
            guard case .call(.direct) = instruction.opcode.row.family else { continue }
            callees.append(Int(instruction.immediates.index))
        }
        // The first call is taken first.
        functions[distance + 1] += callees.reversed().filter { canBeCompiledLater($0) }
    }

    private func isReferenced(_ function: Int) -> Bool {
        module.functions.indices.contains(function) && canBeCompiledLater(function)
            && module.functions[function].isReferenced
    }

    private func canBeCompiledLater(_ function: Int) -> Bool {
        module.functions[function].body != nil && !module.functions[function].makesTailCalls
    }
}
