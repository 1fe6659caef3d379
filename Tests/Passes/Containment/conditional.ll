; What one iteration accesses in any case is tested before the loop; what it accesses on a condition is proven where the
; same iteration has accessed that place before, and masked where it is another place, or where only the other arm has.
;
; passes: wasmc-contain

define void @wasm_function_0(ptr %instance, i64 %p, i64 %n, i32 %v) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  br label %loop
loop:
  %i = phi i64 [ %p, %entry ], [ %next, %again ]
  %k = phi i64 [ 0, %entry ], [ %k.next, %again ]
  %address = getelementptr i8, ptr %base, i64 %i
  %old = load i32, ptr %address, align 1
  %isLess = icmp slt i32 %old, %v
  br i1 %isLess, label %same, label %other
same:
  store i32 %v, ptr %address, align 1
  %far = getelementptr i8, ptr %address, i64 4294967296
  store i32 %v, ptr %far, align 1
  br label %again
other:
  %far.other = getelementptr i8, ptr %address, i64 4294967296
  store i32 %old, ptr %far.other, align 1
  br label %again
again:
  %next = add i64 %i, 4
  %k.next = add i64 %k, 1
  %more = icmp ne i64 %k.next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @wasm_function_0(ptr %instance, i64 %p, i64 %n, i32 %v) {
; entry:
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %0 = sub i64 %n, 1
;   %1 = lshr i64 %0, 0
;   %2 = and i64 %0, 0
;   %3 = icmp eq i64 %2, 0
;   %4 = and i1 true, %3
;   %5 = add i64 %p, 0
;   %6 = mul i64 4, %1
;   %7 = add i64 %5, %6
;   %8 = add i64 %7, 4294967296
;   %9 = icmp ule i64 %8, 12884901884
;   %10 = add i64 %5, 4294967296
;   %11 = icmp ule i64 %10, 12884901884
;   %12 = and i1 %11, %9
;   %13 = and i1 %4, %12
;   %14 = icmp ule i64 %1, 17179869184
;   %15 = and i1 %13, %14
;   %16 = xor i1 %15, true
;   br i1 %16, label %17, label %18
;
; 17:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 18:
;   br label %loop
;
; loop:
;   %i = phi i64 [ %p, %18 ], [ %next, %again ]
;   %k = phi i64 [ 0, %18 ], [ %k.next, %again ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   %old = load i32, ptr %address, align 1
;   %isLess = icmp slt i32 %old, %v
;   br i1 %isLess, label %same, label %other
;
; same:
;   store i32 %v, ptr %address, align 1
;   %far = getelementptr i8, ptr %address, i64 4294967296
;   %19 = add i64 %i, 4294967296
;   %20 = and i64 %19, 8589934591
;   %21 = getelementptr i8, ptr %base, i64 %20
;   store i32 %v, ptr %21, align 1
;   br label %again
;
; other:
;   %far.other = getelementptr i8, ptr %address, i64 4294967296
;   %22 = add i64 %i, 4294967296
;   %23 = and i64 %22, 8589934591
;   %24 = getelementptr i8, ptr %base, i64 %23
;   store i32 %old, ptr %24, align 1
;   br label %again
;
; again:
;   %next = add i64 %i, 4
;   %k.next = add i64 %k, 1
;   %more = icmp ne i64 %k.next, %n
;   br i1 %more, label %loop, label %done
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
