; What was compared with room behind it covers an access a small number further: 1,024 bytes do for one of four bytes
; 1,020 further at most. They do not for one of eight, nor for one that may be in front.
;
; passes: wasmc-contain
; memory: checked

declare void @trap(ptr) noreturn

define i32 @wasm_function_0(ptr %instance, i64 %p, i64 %x) {
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %place = getelementptr i8, ptr %memory, i64 8
  %size = load i64, ptr %place, align 8
  %most = sub i64 %size, 1024
  %fits = icmp ule i64 %p, %most
  br i1 %fits, label %body, label %fail
body:
  %number = and i64 %x, 255
  %offset = shl i64 %number, 2
  %index = add i64 %p, %offset
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

define i64 @wasm_function_1(ptr %instance, i64 %p, i64 %x) {
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %place = getelementptr i8, ptr %memory, i64 8
  %size = load i64, ptr %place, align 8
  %most = sub i64 %size, 1024
  %fits = icmp ule i64 %p, %most
  br i1 %fits, label %body, label %fail
body:
  %number = and i64 %x, 255
  %offset = shl i64 %number, 2
  %index = add i64 %p, %offset
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i64, ptr %address, align 1
  ret i64 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

define i32 @wasm_function_2(ptr %instance, i64 %p, i64 %x) {
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %place = getelementptr i8, ptr %memory, i64 8
  %size = load i64, ptr %place, align 8
  %most = sub i64 %size, 1024
  %fits = icmp ule i64 %p, %most
  br i1 %fits, label %body, label %fail
body:
  %number = and i64 %x, 255
  %offset = shl i64 %number, 2
  %index = sub i64 %p, %offset
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i64 %p, i64 %x) {
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %place = getelementptr i8, ptr %memory, i64 8
;   %size = load i64, ptr %place, align 8
;   %most = sub i64 %size, 1024
;   %fits = icmp ule i64 %p, %most
;   br i1 %fits, label %body, label %fail
;
; body:
;   %number = and i64 %x, 255
;   %offset = shl i64 %number, 2
;   %index = add i64 %p, %offset
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i64 @wasm_function_1(ptr %instance, i64 %p, i64 %x) {
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %place = getelementptr i8, ptr %memory, i64 8
;   %size = load i64, ptr %place, align 8
;   %most = sub i64 %size, 1024
;   %fits = icmp ule i64 %p, %most
;   br i1 %fits, label %body, label %fail
;
; body:
;   %number = and i64 %x, 255
;   %offset = shl i64 %number, 2
;   %index = add i64 %p, %offset
;   %address = getelementptr i8, ptr %base, i64 %index
;   %1 = mul i64 %number, 4
;   %2 = add i64 %p, %1
;   %3 = getelementptr i8, ptr %instance, i64 64
;   %4 = load ptr, ptr %3, align 8
;   %5 = getelementptr i8, ptr %4, i64 8
;   %6 = load i64, ptr %5, align 8
;   %7 = icmp ule i64 8, %6
;   %8 = sub i64 %6, 8
;   %9 = icmp ule i64 %2, %8
;   %10 = and i1 %7, %9
;   %11 = xor i1 %10, true
;   br i1 %11, label %12, label %13
;
; 12:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 13:
;   %value = load i64, ptr %address, align 1
;   ret i64 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @wasm_function_2(ptr %instance, i64 %p, i64 %x) {
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %place = getelementptr i8, ptr %memory, i64 8
;   %size = load i64, ptr %place, align 8
;   %most = sub i64 %size, 1024
;   %fits = icmp ule i64 %p, %most
;   br i1 %fits, label %body, label %fail
;
; body:
;   %number = and i64 %x, 255
;   %offset = shl i64 %number, 2
;   %index = sub i64 %p, %offset
;   %address = getelementptr i8, ptr %base, i64 %index
;   %1 = mul i64 %number, -4
;   %2 = add i64 %p, %1
;   %3 = getelementptr i8, ptr %instance, i64 64
;   %4 = load ptr, ptr %3, align 8
;   %5 = getelementptr i8, ptr %4, i64 8
;   %6 = load i64, ptr %5, align 8
;   %7 = icmp ule i64 4, %6
;   %8 = sub i64 %6, 4
;   %9 = icmp ule i64 %2, %8
;   %10 = and i1 %7, %9
;   %11 = xor i1 %10, true
;   br i1 %11, label %12, label %13
;
; 12:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 13:
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define internal void @wasm_escape(ptr %0) {
;   %2 = getelementptr i8, ptr %0, i64 16
;   %3 = load ptr, ptr %2, align 8
;   %4 = getelementptr i8, ptr %3, i64 0
;   %5 = load ptr, ptr %4, align 8
;   call void %5(ptr %0, i32 15)
;   ret void
; }
