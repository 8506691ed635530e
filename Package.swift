// swift-tools-version:6.2
import PackageDescription

// The layers of Sources/README.md. `--explicit-target-dependency-import-check error` (Scripts/test, .ci/run)
// makes an import that is not listed here a build error.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The daemon's targets do without the regular-expression library, which would add 1 MB to it: `contains` of a string
/// in a string is `contains(text:)` here.
let lean = strict + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// Module maps with `link`, never `pkgConfig:`, which would pull the host's library path into a cross build.
func cLibrary(_ name: String, package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: readme(name), swiftSettings: lean)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, exclude: readme(name), swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name), "GatewayTestSupport"] + dependencies,
        exclude: resources,
        swiftSettings: strict)
}

func readme(_ name: String) -> [String] {
    ["agentsim", "BusPlanning", "DigitalIO", "FieldBus", "Storage", "Telemetry", "Uplink", "stationsim"].contains(name)
        ? ["README.md"] : []
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "district-gateway",
    products: [
        .executable(name: "gatewayd", targets: ["gatewayd"]),
        .executable(name: "gatewayctl", targets: ["gatewayctl"]),
        .executable(name: "stationsim", targets: ["stationsim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        // C libraries, and what the kernel offers beside them.
        cLibrary("CYAML", package: "libyaml-dev"),
        cLibrary("CModbus", package: "libmodbus-dev"),
        cLibrary("CSerialPort", package: "libserialport-dev"),
        cLibrary("CSQLite", package: "libsqlite3-dev"),
        cLibrary("CMosquitto", package: "libmosquitto-dev"),
        cLibrary("CZlib", package: "zlib1g-dev"),
        cLibrary("CCrypto", package: "libssl-dev"),
        .target(name: "CLinux"),
        .target(name: "CGpiod", linkerSettings: [.linkedLibrary("gpiod")]),

        // Model: value types, no I/O.
        target("GatewayModel", []),

        // Pure.
        target("Telemetry", ["GatewayModel", "CZlib", "CCrypto"]),
        target("BusPlanning", ["GatewayModel"]),

        target("StationPlan", ["GatewayModel", "BusPlanning", "Telemetry"]),

        // Machinery.
        target("ThreadExecutor", ["CLinux"]),
        target("SerialLine", ["CLinux"]),
        target("SerialPorts", ["CSerialPort"]),

        // Adapters: each owns its C library.
        target("BoardConfig", ["GatewayModel", "CYAML", "CCrypto"]),
        target(
            "FieldBus",
            ["GatewayModel", "BusPlanning", "SerialLine", "ThreadExecutor", "CModbus", "CLinux", logging]),
        target("Storage", ["GatewayModel", "Telemetry", "ThreadExecutor", "CSQLite", logging]),
        target(
            "Uplink",
            ["GatewayModel", "Telemetry", "ThreadExecutor", "CMosquitto", "CLinux", logging]),
        target("DigitalIO", ["GatewayModel", "ThreadExecutor", "CGpiod", logging]),
        target("DiagnosticShell", ["ThreadExecutor", "CLinux", logging]),

        // Composition and programs.
        target(
            "GatewayAgent",
            [
                "GatewayModel", "Telemetry", "BusPlanning", "ThreadExecutor", "BoardConfig", "FieldBus", "Storage",
                "DigitalIO", "Uplink", "DiagnosticShell", "CLinux", logging,
            ]),
        program(
            "gatewayd", ["GatewayAgent", "GatewayModel", "BoardConfig", "Storage", "ThreadExecutor", "CLinux", logging]),
        program(
            "gatewayctl",
            [
                "GatewayModel", "Telemetry", "Storage", "BoardConfig", "DiagnosticShell", "FieldBus", "SerialPorts",
                "StationPlan",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        program("stationsim", ["SerialLine", "CLinux"]),

        program(
            "agentsim",
            [
                "GatewayAgent", "GatewayModel", "BusPlanning", "FieldBus", "Storage", "Telemetry", "Uplink",
                "ThreadExecutor", "GatewayTestSupport", logging,
            ]),

        // Tests.
        target("GatewayTestSupport", ["GatewayModel", "DigitalIO", "SerialLine", "CLinux", "CSQLite"]),
        tests("GatewayModel", []),
        tests("Telemetry", ["GatewayModel"], resources: ["Golden"]),
        tests("BusPlanning", ["GatewayModel"]),
        tests("StationPlan", ["GatewayModel", "BoardConfig", "BusPlanning"]),
        tests("ThreadExecutor", []),
        tests("SerialLine", ["CLinux"]),
        tests("SerialPorts", ["CLinux"]),
        tests("BoardConfig", ["GatewayModel", "BusPlanning"], resources: ["Golden"]),
        tests(
            "FieldBus",
            ["GatewayModel", "BusPlanning", "SerialLine", "ThreadExecutor", "CLinux", "CModbus", logging],
            resources: ["Vectors"]),
        tests("Storage", ["GatewayModel", "Telemetry", "ThreadExecutor", "CSQLite", logging]),
        tests("Uplink", ["GatewayModel", "Telemetry", "Storage", "ThreadExecutor", logging]),
        tests("DigitalIO", ["GatewayModel", "CLinux", logging]),
        tests("DiagnosticShell", [logging]),
        tests("stationsim", ["SerialLine", "CLinux"]),
        tests(
            "gatewayctl",
            ["GatewayModel", "BoardConfig", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            resources: ["Golden"]),
        tests("agentsim", []),
        tests(
            "GatewayAgent",
            [
                "GatewayModel", "Telemetry", "BoardConfig", "Storage", "FieldBus", "DigitalIO", "ThreadExecutor",
                "CLinux",
                "CSQLite",
                logging,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
