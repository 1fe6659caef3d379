; Without guard pages, an access stays within the memory's size. What a comparison before it shows is believed, because
; it is read here again; any other access gets a test of its own.
;
; passes: wasmc-contain
; memory: checked

declare void @trap(ptr) noreturn

define i32 @wasm_function_0(ptr %instance, i32 %p) {
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %place = getelementptr i8, ptr %memory, i64 8
  %size = load i64, ptr %place, align 8
  %index = zext i32 %p to i64
  %end = add nuw nsw i64 %index, 4
  %fits = icmp ule i64 %end, %size
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

define i32 @wasm_function_1(ptr %instance, i32 %p) {
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %index = zext i32 %p to i64
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1
  ret i32 %value
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i32 %p) {
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %place = getelementptr i8, ptr %memory, i64 8
;   %size = load i64, ptr %place, align 8
;   %index = zext i32 %p to i64
;   %end = add i64 %index, 4
;   %fits = icmp ule i64 %end, %size
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @wasm_function_1(ptr %instance, i32 %p) {
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %index = zext i32 %p to i64
;   %address = getelementptr i8, ptr %base, i64 %index
;   %1 = getelementptr i8, ptr %instance, i64 64
;   %2 = load ptr, ptr %1, align 8
;   %3 = getelementptr i8, ptr %2, i64 8
;   %4 = load i64, ptr %3, align 8
;   %5 = icmp ule i64 4, %4
;   %6 = sub i64 %4, 4
;   %7 = icmp ule i64 %index, %6
;   %8 = and i1 %5, %7
;   %9 = xor i1 %8, true
;   br i1 %9, label %10, label %11
;
; 10:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 11:
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
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
