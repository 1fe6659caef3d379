extension RustName {
    mutating func type() throws(Damaged) {
        try nested { name throws(Damaged) in
            guard let tag = name.peek else { throw Damaged() }
            if let basic = basicTypes[tag] {
                _ = try name.take()
                return try name.write(basic)
            }
            switch tag {
            case "A": try name.array()
            case "S": try name.wrapped("[", "]")
            case "T": try name.tuple()
            case "R": try name.reference("&")
            case "Q": try name.reference("&", "mut ")
            case "P": try name.wrapped("*const ", "")
            case "O": try name.wrapped("*mut ", "")
            case "F": try name.functionType()
            case "D": try name.dynamicType()
            case "B":
                _ = try name.take()
                _ = try name.backReference { name throws(Damaged) in try name.type() }
            default: try name.path(inExpression: false)
            }
        }
    }

    private mutating func wrapped(_ before: String, _ after: String) throws(Damaged) {
        _ = try take()
        try write(before)
        try type()
        try write(after)
    }

    private mutating func array() throws(Damaged) {
        try wrapped("[", "; ")
        try constant(inExpression: true)
        try write("]")
    }

    private mutating func tuple() throws(Damaged) {
        _ = try take()
        try write("(")
        let count = try list(", ") { name throws(Damaged) in try name.type() }
        try write(count == 1 ? ",)" : ")")
    }

    private mutating func reference(_ sign: String, _ mutability: String = "") throws(Damaged) {
        _ = try take()
        try write(sign)
        if takes("L") {
            let index = try base62()
            if index > 0 { try write("\(lifetime(index)) ") }
        }
        try write(mutability)
        try type()
    }

    private mutating func functionType() throws(Damaged) {
        _ = try take()
        try binding { name throws(Damaged) in
            if name.takes("U") { try name.write("unsafe ") }
            if name.takes("K") {
                let convention = name.takes("C") ? "C" : try name.bareIdentifier().replacing("_", with: "-")
                try name.write("extern \"\(convention)\" ")
            }
            try name.write("fn(")
            _ = try name.list(", ") { name throws(Damaged) in try name.type() }
            try name.write(")")
            if name.takes("u") { return }
            try name.write(" -> ")
            try name.type()
        }
    }

    private mutating func dynamicType() throws(Damaged) {
        _ = try take()
        try write("dyn ")
        try binding { name throws(Damaged) in
            _ = try name.list(" + ") { name throws(Damaged) in try name.boundTrait() }
        }
        guard takes("L") else { throw Damaged() }
        let index = try base62()
        if index > 0 { try write(" + \(lifetime(index))") }
    }
}

private let basicTypes: [Unicode.Scalar: String] = [
    "a": "i8", "b": "bool", "c": "char", "d": "f64", "e": "str", "f": "f32", "h": "u8", "i": "isize", "j": "usize",
    "l": "i32",
    "m": "u32", "n": "i128", "o": "u128", "p": "_", "s": "i16", "t": "u16", "u": "()", "v": "...", "x": "i64",
    "y": "u64", "z": "!",
]
