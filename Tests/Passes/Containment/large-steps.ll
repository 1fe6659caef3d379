; Of a step that may be large, the test before the loop asks whether the distance of the last iteration wraps: from a
; first address inside, one that does not wrap ends inside only where it never left.
;
; passes: wasmc-contain

define void @wasm_function_0(ptr %instance, i32 %p, i64 %step, i64 %n) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %start = zext i32 %p to i64
  br label %loop
loop:
  %i = phi i64 [ %start, %entry ], [ %next, %loop ]
  %k = phi i64 [ 0, %entry ], [ %k.next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 0, ptr %address, align 1
  %next = add i64 %i, %step
  %k.next = add i64 %k, 1
  %again = icmp ne i64 %k.next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
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
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 0, ptr %address, align 1
  %next = add i64 %i, -536870912
  %k.next = add i64 %k, 1
  %again = icmp ne i64 %k.next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @wasm_function_0(ptr %instance, i32 %p, i64 %step, i64 %n) {
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
;   %6 = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 %step, i64 %1)
;   %7 = extractvalue { i64, i1 } %6, 0
;   %8 = extractvalue { i64, i1 } %6, 1
;   %9 = xor i1 %8, true
;   %10 = add i64 %5, %7
;   %11 = add i64 %10, 4294967296
;   %12 = icmp ule i64 %11, 12884901884
;   %13 = add i64 %5, 4294967296
;   %14 = icmp ule i64 %13, 12884901884
;   %15 = and i1 %14, %12
;   %16 = and i1 %9, %15
;   %17 = and i1 %4, %16
;   %18 = icmp ule i64 %1, 17179869184
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
;   %next = add i64 %i, %step
;   %k.next = add i64 %k, 1
;   %again = icmp ne i64 %k.next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
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
;   %6 = call { i64, i1 } @llvm.smul.with.overflow.i64(i64 -536870912, i64 %1)
;   %7 = extractvalue { i64, i1 } %6, 0
;   %8 = extractvalue { i64, i1 } %6, 1
;   %9 = xor i1 %8, true
;   %10 = add i64 %5, %7
;   %11 = add i64 %10, 4294967296
;   %12 = icmp ule i64 %11, 12884901884
;   %13 = add i64 %5, 4294967296
;   %14 = icmp ule i64 %13, 12884901884
;   %15 = and i1 %14, %12
;   %16 = and i1 %9, %15
;   %17 = and i1 %4, %16
;   %18 = icmp ule i64 %1, 17179869184
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
;   %next = add i64 %i, -536870912
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
