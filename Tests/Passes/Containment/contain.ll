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
;   %0 = call i64 @llvm.umax.i64(i64 1, i64 1)
;   %1 = sub i64 %n, 1
;   %2 = udiv i64 %1, %0
;   %3 = mul i64 %2, %0
;   %4 = icmp eq i64 %3, %1
;   %5 = and i1 true, %4
;   %6 = add i64 %start, 0
;   %7 = add i64 %6, 4294967296
;   %8 = icmp ule i64 %7, 12884901884
;   %9 = and i1 true, %8
;   %10 = mul i64 32, %2
;   %11 = add i64 %6, %10
;   %12 = and i1 %9, true
;   %13 = add i64 %11, 4294967296
;   %14 = icmp ule i64 %13, 12884901884
;   %15 = and i1 true, %14
;   %16 = and i1 %12, %15
;   %17 = and i1 %5, %16
;   %18 = icmp ule i64 %2, 17179869184
;   %19 = and i1 %17, %18
;   %20 = xor i1 %19, true
;   br i1 %20, label %21, label %22
;
; 21:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 22:
;   br label %loop
;
; loop:
;   %i = phi i64 [ %start, %22 ], [ %next, %loop ]
;   %k = phi i64 [ 0, %22 ], [ %k.next, %loop ]
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
