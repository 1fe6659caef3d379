; The table of functions that objects refer to by numbers has a place for each number that its size allows: a number that
; is cut off to that many bits is one, and any other is masked.
;
; passes: wasmc-contain

define ptr @wasm_function_0(ptr %instance, i64 %number) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 56
  %functions = load ptr, ptr %slot, align 8
  %low = and i64 %number, 16777215
  %place = getelementptr ptr, ptr %functions, i64 %low
  %function = load ptr, ptr %place, align 8
  ret ptr %function
}

define ptr @wasm_function_1(ptr %instance, i64 %number) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 56
  %functions = load ptr, ptr %slot, align 8
  %place = getelementptr ptr, ptr %functions, i64 %number
  %function = load ptr, ptr %place, align 8
  ret ptr %function
}
; ---- by LLVM 22.1.8
; define ptr @wasm_function_0(ptr %instance, i64 %number) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 56
;   %functions = load ptr, ptr %slot, align 8
;   %low = and i64 %number, 16777215
;   %place = getelementptr ptr, ptr %functions, i64 %low
;   %function = load ptr, ptr %place, align 8
;   ret ptr %function
; }
;
; define ptr @wasm_function_1(ptr %instance, i64 %number) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 56
;   %functions = load ptr, ptr %slot, align 8
;   %place = getelementptr ptr, ptr %functions, i64 %number
;   %1 = mul i64 %number, 8
;   %2 = and i64 %1, 134217720
;   %3 = getelementptr i8, ptr %functions, i64 %2
;   %function = load ptr, ptr %3, align 8
;   ret ptr %function
; }
