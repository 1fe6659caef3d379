; With guard pages, an access stays in the reservation of its memory. Of a 32-bit index that is known; a 64-bit index of
; which nothing is known is masked; and a loop over 64-bit addresses gets one test for all its iterations.
;
; passes: wasmc-contain

define i32 @wasm_function_0(ptr %instance, i32 %p, i64 %anything) {
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %index = zext i32 %p to i64
  %address = getelementptr i8, ptr %base, i64 %index
  %a = load i32, ptr %address, align 1
  %other = getelementptr i8, ptr %base, i64 %anything
  %b = load i32, ptr %other, align 1
  %sum = add i32 %a, %b
  ret i32 %sum
}

define void @wasm_function_1(ptr %instance, i32 %p, i64 %n) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %start = zext i32 %p to i64
  br label %loop
loop:
  %i = phi i64 [ %start, %entry ], [ %next, %loop ]
  %k = phi i64 [ 0, %entry ], [ %k.next, %loop ]
  %address = getelementptr inbounds i8, ptr %base, i64 %i
  store i32 0, ptr %address, align 1
  %next = add nuw nsw i64 %i, 32
  %k.next = add nuw nsw i64 %k, 1
  %again = icmp ne i64 %k.next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i32 %p, i64 %anything) {
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %index = zext i32 %p to i64
;   %address = getelementptr i8, ptr %base, i64 %index
;   %a = load i32, ptr %address, align 1
;   %other = getelementptr i8, ptr %base, i64 %anything
;   %1 = and i64 %anything, 8589934591
;   %2 = getelementptr i8, ptr %base, i64 %1
;   %b = load i32, ptr %2, align 1
;   %sum = add i32 %a, %b
;   ret i32 %sum
; }
;
; define void @wasm_function_1(ptr %instance, i32 %p, i64 %n) {
; entry:
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %start = zext i32 %p to i64
;   %0 = sub i64 %n, 1
;   %1 = lshr i64 %0, 0
;   %2 = and i64 %0, 0
;   %3 = icmp eq i64 %2, 0
;   %4 = and i1 true, %3
;   %5 = add i64 %start, 0
;   %6 = mul i64 32, %1
;   %7 = add i64 %5, %6
;   %8 = add i64 %7, 4294967296
;   %9 = icmp ule i64 %8, 12884901884
;   %10 = and i1 %4, %9
;   %11 = icmp ule i64 %1, 17179869184
;   %12 = and i1 %10, %11
;   %13 = xor i1 %12, true
;   br i1 %13, label %14, label %15
;
; 14:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 15:
;   br label %loop
;
; loop:
;   %i = phi i64 [ %start, %15 ], [ %next, %loop ]
;   %k = phi i64 [ 0, %15 ], [ %k.next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 0, ptr %address, align 1
;   %next = add i64 %i, 32
;   %k.next = add i64 %k, 1
;   %again = icmp ne i64 %k.next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
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
