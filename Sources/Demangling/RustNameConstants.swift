extension RustName {
    /// - Parameter inExpression: what is no single word needs no braces.
    mutating func constant(inExpression: Bool) throws(Damaged) {
        try nested { name throws(Damaged) in
            switch try name.take() {
            case "p": try name.write("_")
            case "B":
                _ = try name.backReference { name throws(Damaged) in try name.constant(inExpression: inExpression) }
            case "b": try name.boolean()
            case "c": try name.character()
            // u8, u16, u32, u64, u128, usize.
            case "h", "t", "m", "y", "o", "j":
                try name.write(name.number())
            // i8, i16, i32, i64, i128, isize.
            case "a", "s", "l", "x", "n", "i":
                let sign = name.takes("n") ? "-" : ""
                try name.write(sign + name.number())
            case let tag: try name.compound(tag, hasBraces: !inExpression)
            }
        }
    }

    private mutating func compound(_ tag: Unicode.Scalar, hasBraces: Bool) throws(Damaged) {
        if hasBraces { try write("{") }
        switch tag {
        case "e": try write("*\(string())")
        case "R":
            // A literal is a reference already.
            if takes("e") { try write(string()) } else { try constant("&") }
        case "Q": try constant("&mut ")
        case "A":
            try write("[")
            _ = try constants()
            try write("]")
        case "T":
            try write("(")
            try write(constants() == 1 ? ",)" : ")")
        case "V": try variant()
        default: throw Damaged()
        }
        if hasBraces { try write("}") }
    }

    private mutating func constant(_ sign: String) throws(Damaged) {
        try write(sign)
        try constant(inExpression: true)
    }

    private mutating func constants() throws(Damaged) -> Int {
        try list(", ") { name throws(Damaged) in try name.constant(inExpression: true) }
    }

    /// Of a structure or an enumeration, with its fields.
    private mutating func variant() throws(Damaged) {
        try path(inExpression: true)
        switch try take() {
        case "U": break
        case "T":
            try write("(")
            _ = try constants()
            try write(")")
        case "S":
            try write(" { ")
            _ = try list(", ") { name throws(Damaged) in
                _ = try name.disambiguator()
                try name.write("\(name.bareIdentifier()): ")
                try name.constant(inExpression: true)
            }
            try write(" }")
        default: throw Damaged()
        }
    }

    private mutating func boolean() throws(Damaged) {
        switch try hexadecimal() {
        case "0": try write("false")
        case "1": try write("true")
        default: throw Damaged()
        }
    }

    private mutating func character() throws(Damaged) {
        guard let value = UInt32(try hexadecimal(), radix: 16), let scalar = Unicode.Scalar(value) else {
            throw Damaged()
        }
        try write("'\(scalar == "'" ? "\\'" : scalar == "\"" ? "\"" : scalar.escaped(asASCII: false))'")
    }

    /// Decimal, as long as it fits 64 bits.
    private mutating func number() throws(Damaged) -> String {
        let digits = try hexadecimal()
        return UInt64(digits, radix: 16).map { "\($0)" } ?? "0x\(digits)"
    }

    /// Two digits for each byte of UTF-8.
    private mutating func string() throws(Damaged) -> String {
        let digits = Array(try hexadecimal(isNumber: false).utf8)
        guard digits.count % 2 == 0 else { throw Damaged() }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Damaged() }
        return "\"\(text.unicodeScalars.map { $0 == "'" ? "'" : $0.escaped(asASCII: false) }.joined())\""
    }

    /// Small digits up to an underscore, without zeros in front when they are a number.
    private mutating func hexadecimal(isNumber: Bool = true) throws(Damaged) -> String {
        var digits = ""
        while !takes("_") {
            let digit = Character(try take())
            guard digit.isHexDigit, !digit.isUppercase else { throw Damaged() }
            digits.append(digit)
        }
        guard !isNumber || !digits.isEmpty && (digits == "0" || digits.first != "0") else { throw Damaged() }
        return digits
    }
}
