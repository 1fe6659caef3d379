import ArgumentParser

/// A module that is instantiated before the program, which then imports its exports: `--preload NAME=FILE`.
struct Preload: ExpressibleByArgument {
    /// The first of the two names of what is imported.
    let name: String
    let file: PathName

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex,
            argument.index(after: equals) < argument.endIndex
        else { return nil }
        name = RawArguments.shown(String(argument[..<equals]))
        file = PathName(argument: String(argument[argument.index(after: equals)...]))
    }
}
