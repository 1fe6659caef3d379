// Whoever imports this module can name all that its interface speaks of, and its members, without importing more.
@_exported public import DWARF
@_exported public import Wasm
