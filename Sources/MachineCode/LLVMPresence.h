// The first thing that a file with LLVM's headers includes, so that the first error says what is missing.

#if !__has_include(<llvm-c/Core.h>)
#error "LLVM 22 was not found: run `make setup` (it installs llvm-22-dev and tells pkg-config where it is)"
#endif
