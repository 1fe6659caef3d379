import ArgumentParser

/// The repository's own commands; they ship nothing.
@main
struct Dev: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Commands for working on wasmc itself.",
        subcommands: [
            Generate.self, Check.self, Layers.self, Passes.self, Bless.self, Spec.self, Differential.self,
            DifferentialWorker.self, Loops.self, LoopsWorker.self, Programs.self, ProgramsWorker.self, Mutate.self,
            MutateWorker.self, Mends.self, Bisect.self, Cache.self, Endurance.self, Requests.self, Latency.self,
            Verification.self,
        ])
}
