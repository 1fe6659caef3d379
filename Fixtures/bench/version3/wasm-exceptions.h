// Exceptions without a C++ library: what clang calls, and the tag, are defined here. Natively it is the usual `throw`.
#pragma once
#ifdef __wasm__
#define THROW(pointer) __builtin_wasm_throw(0, pointer)
__asm__(".tagtype __cpp_exception i32\n.weak __cpp_exception\n__cpp_exception:\n");
extern "C" void *__cxa_begin_catch(void *exception) noexcept { return exception; }
extern "C" void __cxa_end_catch() noexcept {}
#else
#define THROW(pointer) throw(pointer)
#endif
