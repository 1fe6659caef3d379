extension BinaryInteger {
    /// The number with a noun that agrees with it, for messages: "1 argument", "2 arguments".
    ///
    /// - Parameter plural: where it is not the noun with an "s".
    package func counted(_ noun: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}
