// MuJS without errors: this C library has no setjmp. The same for every build, so that all run the same code.
#pragma once
#include <stdlib.h>
typedef int jmp_buf[1];
#define setjmp(buffer) ((void)(buffer), 0)
#define longjmp(buffer, value) abort()
