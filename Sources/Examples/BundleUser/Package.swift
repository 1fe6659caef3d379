// swift-tools-version: 6.2
import PackageDescription

// A package that uses a WebAssembly module as native code, and has neither wasmc nor LLVM. The bundle is made by
//     wasmc compile --emit bundle ../Linked/greeter.wat
let package = Package(
    name: "BundleUser",
    targets: [
        .binaryTarget(name: "Cgreeter", path: "greeter.artifactbundle"),
        // The wrapper comes with the bundle.
        .target(name: "Greeter", dependencies: ["Cgreeter"], path: "greeter.artifactbundle/swift"),
        .executableTarget(
            name: "BundleUser", dependencies: ["Greeter"], path: "Sources/BundleUser",
            swiftSettings: [
                .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
