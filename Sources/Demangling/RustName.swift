/// A symbol of Rust's v0 mangling scheme as people write it, without the hashes of crates and implementations. `nil`
/// for other symbols, for damaged ones, and for those that stand for too much text.
///
/// Rust RFC 2603.
func demangledRust(_ symbol: String) -> String? {
    guard symbol.hasPrefix("_R"), symbol.utf8.count <= 16_384 else { return nil }
    var name = RustName(Array(symbol.utf8.dropFirst(2)))
    return try? name.demangled()
}

/// What of a symbol has been read, and the text for it. Types and constants are in files of their own.
///
/// Back references let few bytes stand for any amount of text and work, so both are limited, as is depth.
struct RustName {
    struct Damaged: Error {}

    private let bytes: [UInt8]
    private var position = 0
    private var text = ""
    private var stepsLeft = 20_000
    private var depth = 0
    /// What is read now is not written.
    private var isSilent = false
    /// How many lifetimes the `for<...>` around bind.
    private(set) var boundLifetimes: UInt64 = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func demangled() throws(Damaged) -> String {
        try path(inExpression: true)
        // The crate that the code was made for.
        if let next = peek, ("A"..."Z" as ClosedRange<Unicode.Scalar>).contains(next) {
            try silently { name throws(Damaged) in try name.path(inExpression: false) }
        }
        guard position == bytes.count || peek == "." || peek == "$" else { throw Damaged() }
        return text
    }

    // MARK: Paths

    /// - Parameter inExpression: generic arguments follow `::`, as in an expression.
    mutating func path(inExpression: Bool) throws(Damaged) {
        try nested { name throws(Damaged) in
            switch try name.take() {
            case "C": try name.write(name.identifier().text)
            case "N": try name.nestedPath(inExpression)
            case "M":
                try name.implementation()
                try name.write("<")
                try name.type()
                try name.write(">")
            case "X":
                try name.implementation()
                try name.typeAsTrait()
            case "Y": try name.typeAsTrait()
            case "I":
                try name.path(inExpression: inExpression)
                try name.write(inExpression ? "::<" : "<")
                try name.genericArguments()
                try name.write(">")
            case "B": try name.backReference { name throws(Damaged) in try name.path(inExpression: inExpression) }
            default: throw Damaged()
            }
        }
    }

    private mutating func nestedPath(_ inExpression: Bool) throws(Damaged) {
        let space = try take()
        try path(inExpression: inExpression)
        let (name, number) = try identifier()
        switch space {
        case "a"..."z": try write(name.isEmpty ? "" : "::\(name)")
        case "A"..."Z":
            let kind = space == "C" ? "closure" : space == "S" ? "shim" : "\(space)"
            try write("::{\(kind)\(name.isEmpty ? "" : ":\(name)")#\(number)}")
        default: throw Damaged()
        }
    }

    /// Where an implementation is; its type says more.
    private mutating func implementation() throws(Damaged) {
        _ = try disambiguator()
        try silently { name throws(Damaged) in try name.path(inExpression: false) }
    }

    private mutating func typeAsTrait() throws(Damaged) {
        try write("<")
        try type()
        try write(" as ")
        try path(inExpression: false)
        try write(">")
    }

    private mutating func genericArguments() throws(Damaged) {
        _ = try list(", ") { name throws(Damaged) in
            if name.takes("L") {
                try name.write(name.lifetime(name.base62()))
            } else if name.takes("K") {
                try name.constant(inExpression: false)
            } else {
                try name.type()
            }
        }
    }

    /// A trait in `dyn`, whose list of arguments goes on with associated types.
    mutating func boundTrait() throws(Damaged) {
        var isOpen = try pathLeftOpen()
        while takes("p") {
            try write(isOpen ? ", " : "<")
            isOpen = true
            try write("\(bareIdentifier()) = ")
            try type()
        }
        if isOpen { try write(">") }
    }

    private mutating func pathLeftOpen() throws(Damaged) -> Bool {
        try nested { name throws(Damaged) in
            if name.takes("B") {
                return try name.backReference { name throws(Damaged) in try name.pathLeftOpen() } ?? false
            }
            guard name.takes("I") else {
                try name.path(inExpression: false)
                return false
            }
            try name.path(inExpression: false)
            try name.write("<")
            try name.genericArguments()
            return true
        }
    }

    // MARK: Lifetimes

    /// Counted from the inside; 0 is one that has no name.
    func lifetime(_ index: UInt64) throws(Damaged) -> String {
        if index == 0 { return "'_" }
        guard index <= boundLifetimes else { throw Damaged() }
        let number = boundLifetimes - index
        return number < 26 ? "'\(Unicode.Scalar(UInt8(ascii: "a") + UInt8(number)))" : "'_\(number)"
    }

    /// What `body` reads may be after a `for<...>`.
    mutating func binding(_ body: (inout RustName) throws(Damaged) -> Void) throws(Damaged) {
        let outer = boundLifetimes
        if takes("G") {
            let count = try base62()
            // Every one of them is written.
            guard count < 1_000 else { throw Damaged() }
            var names: [String] = []
            for _ in 0...count {
                boundLifetimes += 1
                names.append(try lifetime(1))
            }
            try write("for<\(names.joined(separator: ", "))> ")
        }
        try body(&self)
        boundLifetimes = outer
    }

    // MARK: Names and numbers

    private mutating func identifier() throws(Damaged) -> (text: String, number: UInt64) {
        let number = try disambiguator()
        return (try bareIdentifier(), number)
    }

    mutating func disambiguator() throws(Damaged) -> UInt64 { takes("s") ? try plusOne(base62()) : 0 }

    mutating func bareIdentifier() throws(Damaged) -> String {
        let isPunycode = takes("u")
        var count = Int(try digit())
        while count > 0, let next = peek, ("0"..."9").contains(next) {
            count = count * 10 + Int(try digit())
            guard count <= bytes.count else { throw Damaged() }
        }
        _ = takes("_")
        guard count <= bytes.count - position else { throw Damaged() }
        let name = bytes[position..<position + count]
        position += count
        let text = isPunycode ? decodedPunycode(name) : String(validating: name, as: UTF8.self)
        guard let text else { throw Damaged() }
        return text
    }

    private mutating func digit() throws(Damaged) -> UInt32 {
        let digit = try take()
        guard ("0"..."9").contains(digit) else { throw Damaged() }
        return digit.value - 48
    }

    /// Digits, small and capital letters, up to an underscore; which alone is 0, and 1 is one digit.
    mutating func base62() throws(Damaged) -> UInt64 {
        if takes("_") { return 0 }
        var value: UInt64 = 0
        while !takes("_") {
            let letter = try take()
            let digit: UInt32
            switch letter {
            case "0"..."9": digit = letter.value - 48
            case "a"..."z": digit = letter.value - 97 + 10
            case "A"..."Z": digit = letter.value - 65 + 36
            default: throw Damaged()
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 62)
            let (sum, overflowOfSum) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !overflowOfSum else { throw Damaged() }
            value = sum
        }
        return try plusOne(value)
    }

    private func plusOne(_ value: UInt64) throws(Damaged) -> UInt64 {
        guard value < .max else { throw Damaged() }
        return value + 1
    }

    // MARK: Reading and writing

    var peek: Unicode.Scalar? { position < bytes.count ? Unicode.Scalar(bytes[position]) : nil }

    mutating func take() throws(Damaged) -> Unicode.Scalar {
        guard let next = peek else { throw Damaged() }
        position += 1
        return next
    }

    mutating func takes(_ tag: Unicode.Scalar) -> Bool {
        guard peek == tag else { return false }
        position += 1
        return true
    }

    mutating func write(_ more: String) throws(Damaged) {
        if isSilent { return }
        text += more
        guard text.utf8.count <= 8_192 else { throw Damaged() }
    }

    /// Elements up to an `E`. Returns how many there were.
    mutating func list(_ separator: String, _ element: (inout RustName) throws(Damaged) -> Void) throws(Damaged) -> Int
    {
        var count = 0
        while !takes("E") {
            if count > 0 { try write(separator) }
            try element(&self)
            count += 1
        }
        return count
    }

    /// One level deeper.
    mutating func nested<R>(_ body: (inout RustName) throws(Damaged) -> R) throws(Damaged) -> R {
        guard depth < 256, stepsLeft > 0 else { throw Damaged() }
        depth += 1
        stepsLeft -= 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func silently(_ body: (inout RustName) throws(Damaged) -> Void) throws(Damaged) {
        let outer = isSilent
        isSilent = true
        try body(&self)
        isSilent = outer
    }

    /// Reads again what is earlier in the symbol; `nil` where nothing is written.
    mutating func backReference<R>(_ body: (inout RustName) throws(Damaged) -> R) throws(Damaged) -> R? {
        let here = position - 1
        let target = try base62()
        guard target < UInt64(here) else { throw Damaged() }
        if isSilent { return nil }
        let after = position
        position = Int(target)
        defer { position = after }
        return try body(&self)
    }
}
