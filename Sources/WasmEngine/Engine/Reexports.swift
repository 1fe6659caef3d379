// Whoever imports this module can name all that its interface speaks of, and its members, without importing more:
// all that runs code, modules and their types, and what of the compiler is not behind it.
@_exported public import WasmRuntime
@_exported public import class WasmLowering.CompilationMonitor
@_exported public import struct WasmLowering.CompilationProgress
@_exported public import struct WasmLowering.CompileError
@_exported public import struct WasmLowering.CompilerCrash
@_exported public import struct WasmLowering.ExecutionProfile
@_exported public import struct WasmLowering.FunctionReport
@_exported public import enum WasmLowering.OptimizationLevel
@_exported public import enum WasmLowering.RelaxedSIMD
@_exported public import struct WasmLowering.Target
