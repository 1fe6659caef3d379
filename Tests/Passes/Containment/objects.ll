; What was compared with the size of one table of constants says nothing of a smaller one.
;
; passes: wasmc-contain
; memory: guarded

@large = private constant [64 x i8] zeroinitializer
@small = private constant [16 x i8] zeroinitializer

define i8 @wasm_function_0(ptr %instance, i64 %i) {
  %first = getelementptr i8, ptr @large, i64 %i
  %x = load i8, ptr %first, align 1
  %second = getelementptr i8, ptr @small, i64 %i
  %y = load i8, ptr %second, align 1
  %sum = add i8 %x, %y
  ret i8 %sum
}
; ---- by LLVM 22.1.8
; define i8 @wasm_function_0(ptr %instance, i64 %i) {
;   %first = getelementptr i8, ptr @large, i64 %i
;   %1 = icmp ule i64 %i, 63
;   %2 = and i1 true, %1
;   %3 = xor i1 %2, true
;   br i1 %3, label %4, label %5
;
; 4:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 5:
;   %x = load i8, ptr %first, align 1
;   %second = getelementptr i8, ptr @small, i64 %i
;   %6 = icmp ule i64 %i, 15
;   %7 = and i1 true, %6
;   %8 = xor i1 %7, true
;   br i1 %8, label %9, label %10
;
; 9:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 10:
;   %y = load i8, ptr %second, align 1
;   %sum = add i8 %x, %y
;   ret i8 %sum
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
