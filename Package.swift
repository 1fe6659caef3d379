// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 mode, warnings are errors, imports are internal unless they say otherwise.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]
/// Programs as their own packages would build them.
let strict = house + [.enableUpcomingFeature("MemberImportVisibility")]
let runtimeC: [CSetting] = [.define("_GNU_SOURCE")]
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "wasmc",
    products: [
        .executable(name: "wasmc", targets: ["Launcher"]),
        .executable(name: "wasmc-compiler", targets: ["wasmc"]),
        .executable(name: "wasmc-bench", targets: ["wasmc-bench"]),
        // For programs that link what `wasmc compile --emit object` makes.
        .library(name: "WasmcRuntime", type: .static, targets: ["CRuntime"]),
        .library(name: "WasmEngine", targets: ["WasmEngine"]),
        // All of WasmEngine but compiling: loads and runs what is compiled. No LLVM, no C++.
        .library(name: "WasmRuntime", targets: ["WasmRuntime"]),
        // WasmKit's interface on this engine, for programs that come from there.
        .library(name: "WasmKitCompatibility", targets: ["WasmKitCompatibility"]),
        .library(name: "WasmText", targets: ["WasmText"]),
        .library(name: "Wasm", targets: ["Wasm"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        // WebAssembly itself: types, instruction table, decoder, validator. Imports nothing.
        .target(name: "Wasm", exclude: ["Instructions/Instructions.table"], swiftSettings: house),
        .target(name: "WasmText", dependencies: ["Wasm"], swiftSettings: house),

        // LLVM 22 through its C API. `make setup` writes the pkg-config file wasmc-llvm.pc.
        .systemLibrary(name: "CLLVM", pkgConfig: "wasmc-llvm", providers: [.apt(["llvm-22-dev"])]),
        // wasmc's own LLVM passes: what needs LLVM's C++ interface.
        .target(name: "LLVMPasses", dependencies: ["CLLVM"], cxxSettings: [.headerSearchPath(".")]),
        .target(name: "LLVM", dependencies: ["CLLVM", "LLVMPasses"], swiftSettings: house),

        // The C runtime: no Swift, no LLVM.
        .target(name: "CRuntime", path: "Runtime", publicHeadersPath: "include", cSettings: runtimeC),

        // Reads machine code and says why its accesses stay inside. Optimized in debug builds, too: tests read much
        // code.
        .target(name: "MachineCode", dependencies: ["CLLVM", "CRuntime"], cxxSettings: [.unsafeFlags(["-O2"])]),
        .target(name: "CodeVerification", dependencies: ["MachineCode"], swiftSettings: house),

        .target(name: "Threads", swiftSettings: house),
        .target(name: "WasmLowering", dependencies: ["Wasm", "LLVM", "CRuntime", "Threads"], swiftSettings: house),
        // Where source lines come from: the sections that compilers write for debuggers.
        .target(name: "DWARF", dependencies: ["Wasm"], swiftSettings: house),
        // Symbols as people write them: Rust, Swift, and C++ where LLVM is.
        .target(name: "Demangling", dependencies: ["CRuntime"], swiftSettings: house),

        .target(
            name: "WasmRuntime", dependencies: ["Wasm", "DWARF", "Demangling", "CRuntime", "Threads"],
            swiftSettings: house),
        .target(
            name: "WasmEngine", dependencies: ["Wasm", "LLVM", "WasmLowering", "WasmRuntime", "CRuntime", "Threads"],
            swiftSettings: house),

        .target(
            name: "WasmKitCompatibility", dependencies: ["Wasm", "WasmText", "WasmEngine"], swiftSettings: house),

        // Runs the official suite's scripts.
        .target(name: "WasmSpec", dependencies: ["WasmEngine", "WasmText"], swiftSettings: house),

        // Tests/Passes and Tests/Golden: IR and machine code that people have looked at.
        .target(name: "Golden", dependencies: ["Wasm", "WasmText", "WasmLowering", "LLVM"], swiftSettings: house),

        // The command, in C and static: it runs what is compiled already and leaves the rest to the compiler, the
        // target `wasmc`. It is also the start of every stand-alone executable.
        .executableTarget(
            name: "Launcher", dependencies: ["CRuntime"], cSettings: runtimeC,
            linkerSettings: [
                .unsafeFlags([
                    "-nostartfiles", "-static-stdlib", "-Xclang-linker", "-static", "-Xclang-linker",
                    "-Wno-unused-command-line-argument", "-Xlinker", "--gc-sections",
                ])
            ]),
        .executableTarget(
            name: "wasmc", dependencies: ["WasmEngine", "WasmText", "WasmSpec", "CodeVerification", argumentParser],
            swiftSettings: house,
            // Where `make dist` puts what few libraries are not linked in.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-rpath=$ORIGIN/../lib/wasmc"])]),
        .executableTarget(
            name: "dev",
            dependencies: ["Wasm", "WasmText", "WasmSpec", "CodeVerification", "Golden", "LLVM", argumentParser],
            swiftSettings: house),
        .executableTarget(
            name: "wasmc-bench", dependencies: ["WasmEngine", "WasmText", argumentParser], swiftSettings: house),
        .executableTarget(
            name: "early-exit", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/EarlyExit",
            swiftSettings: house),
        // The same without LLVM.
        .executableTarget(
            name: "early-exit-artifact", dependencies: ["WasmRuntime"], path: "Sources/Examples/EarlyExitArtifact",
            exclude: ["early-exit.wat"], swiftSettings: strict),
        .executableTarget(
            name: "early-exit-untyped", dependencies: ["WasmEngine", "WasmText"],
            path: "Sources/Examples/EarlyExitUntyped", swiftSettings: house),
        .executableTarget(
            name: "exit-early", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/ExitEarly",
            swiftSettings: house),
        .executableTarget(
            name: "metering", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/Metering",
            swiftSettings: house),

        // `.ci/check-programs` also builds these in a package of their own.
        .executableTarget(
            name: "plugin-host", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/PluginHost",
            swiftSettings: strict),
        .executableTarget(
            name: "request-server", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/RequestServer",
            swiftSettings: strict),
        .executableTarget(
            name: "wasi-runner", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/WASIRunner",
            swiftSettings: strict),
        .executableTarget(
            name: "async-fetch", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/AsyncFetch",
            swiftSettings: strict),

        // The same program as with WasmKit itself: see `.ci/check-wasmkit`.
        .executableTarget(
            name: "wasmkit-program", dependencies: ["WasmKitCompatibility"], path: "Sources/Examples/WasmKitProgram",
            swiftSettings: strict),

        .executableTarget(
            name: "tutorial", dependencies: ["WasmEngine", "WasmText"], path: "Sources/Examples/Tutorial",
            swiftSettings: strict),

        .testTarget(name: "WasmTests", dependencies: ["Wasm", "WasmText"], swiftSettings: house),
        .testTarget(name: "DWARFTests", dependencies: ["Wasm", "WasmText", "DWARF"], swiftSettings: house),
        .testTarget(
            name: "DemanglingTests", dependencies: ["Demangling", "WasmEngine", "WasmText"], swiftSettings: house),
        .testTarget(name: "WasmTextTests", dependencies: ["Wasm", "WasmText"], swiftSettings: house),
        .testTarget(
            name: "WasmLoweringTests", dependencies: ["Wasm", "WasmText", "WasmLowering", "LLVM"],
            swiftSettings: house),
        .testTarget(
            name: "CodeVerificationTests",
            dependencies: ["CodeVerification", "WasmEngine", "WasmText", "WasmSpec", "CRuntime"],
            swiftSettings: house),
        .testTarget(name: "GoldenTests", dependencies: ["Golden", "LLVM"], swiftSettings: house),
        // In C, since it looks inside the runtime.
        .target(
            name: "HeapTrials", dependencies: ["CRuntime"], path: "Tests/HeapTrials",
            cSettings: runtimeC + [.headerSearchPath("../../Runtime")]),
        .testTarget(name: "RuntimeTests", dependencies: ["CRuntime", "HeapTrials"], swiftSettings: house),
        .testTarget(
            name: "WasmEngineTests",
            dependencies: ["Wasm", "WasmEngine", "WasmRuntime", "WasmText", "WasmLowering", "CRuntime", "wasmc"],
            swiftSettings: house),
        .testTarget(
            name: "WASITests", dependencies: ["WasmEngine", "WasmRuntime", "WasmText", "CRuntime"],
            swiftSettings: house),
        // What guests may not get at, whatever the optimiser does.
        .testTarget(
            name: "SandboxTests", dependencies: ["WasmEngine", "WasmText", "WasmSpec"], swiftSettings: house),
        .testTarget(
            name: "SpecTests", dependencies: ["Wasm", "WasmText", "WasmSpec"],
            exclude: ["known-failures.txt", "Scripts"],
            swiftSettings: house),
        .executableTarget(
            name: "fault-probe", dependencies: ["WasmEngine", "WasmText"], path: "Tests/FaultProbe",
            swiftSettings: house),
        .executableTarget(
            name: "isolation-probe", dependencies: ["WasmEngine", "WasmText"], path: "Tests/IsolationProbe",
            swiftSettings: house),
        .executableTarget(
            name: "memory-folder-probe", dependencies: ["WasmEngine"], path: "Tests/MemoryFolderProbe",
            swiftSettings: house),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "wasmc", "Launcher", "dev", "fault-probe", "isolation-probe", "memory-folder-probe", "early-exit",
                "early-exit-artifact", "early-exit-untyped", "exit-early", "metering", "tutorial", "plugin-host",
                "request-server", "wasi-runner", "async-fetch", "wasmkit-program",
            ],
            swiftSettings: house),
        .testTarget(
            name: "WasmKitCompatibilityTests", dependencies: ["WasmKitCompatibility"], swiftSettings: house),
        .testTarget(name: "BenchTests", dependencies: ["wasmc-bench", "wasmc", "Launcher"], swiftSettings: house),
    ],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)

// `make documentation`: nobody else needs the plug-in.
if Context.environment["WASMC_DOCUMENTATION"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

// Sanitizers cannot be linked into the static command, nor into what starts it. Swift has none for C's undefined
// behaviour, but the address sanitizer's library prints what that one finds.
if let sanitizer = Context.environment["WASMC_SANITIZER"] {
    package.products.removeAll { $0.name == "wasmc" }
    package.targets.removeAll { ["Launcher", "CommandTests", "BenchTests"].contains($0.name) }
    for target in package.targets where sanitizer == "address" && target.name == "CRuntime" {
        let flags = ["-fsanitize=undefined,implicit-conversion", "-fno-sanitize-recover=all"]
        target.cSettings = runtimeC + [.unsafeFlags(flags)]
    }
}
