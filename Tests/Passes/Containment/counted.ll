; What a loop counts is known by its first value, its step and how often it goes around at most: by each exit that every
; iteration passes. The memory has 65,536 bytes. Nothing is known where the counter may miss its bound, as 3 and 6 may,
; or where an iteration may go by the exit; and one more iteration, in 4, leaves the memory.
;
; passes: wasmc-contain
; memory: checked

; Up to a bound that it meets.
define void @wasm_function_0(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 4
  %again = icmp ne i64 %next, 65536
  br i1 %again, label %loop, label %done
done:
  ret void
}

; Down, signed.
define void @wasm_function_1(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 65532, %entry ], [ %next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, -4
  %again = icmp sgt i64 %next, -1
  br i1 %again, label %loop, label %done
done:
  ret void
}

; Up to whatever has 14 bits.
define void @wasm_function_2(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  %bound = and i64 %n, 16383
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %index = shl i64 %i, 2
  %address = getelementptr i8, ptr %base, i64 %index
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 1
  %again = icmp ult i64 %next, %bound
  br i1 %again, label %loop, label %done
done:
  ret void
}

; It goes by its bound.
define void @wasm_function_3(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 4
  %again = icmp ne i64 %next, 65534
  br i1 %again, label %loop, label %done
done:
  ret void
}

; Too far.
define void @wasm_function_4(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 4
  %again = icmp ult i64 %next, 65537
  br i1 %again, label %loop, label %done
done:
  ret void
}

; A counter of 32 bits, up to what is signed.
define void @wasm_function_5(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %index = sext i32 %i to i64
  %address = getelementptr i8, ptr %base, i64 %index
  store i32 7, ptr %address, align 1
  %next = add i32 %i, 4
  %again = icmp slt i32 %next, 65536
  br i1 %again, label %loop, label %done
done:
  ret void
}

; Everything is below this bound.
define void @wasm_function_6(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 4
  %again = icmp ule i64 %next, -1
  br i1 %again, label %loop, label %done
done:
  ret void
}

; An iteration may go by the exit.
define void @wasm_function_7(ptr %instance, i64 %n, i1 %c) {
entry:
  %slot = getelementptr i8, ptr %instance, i64 64
  %memory = load ptr, ptr %slot, align 8
  %base = load ptr, ptr %memory, align 8
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %latch ]
  %address = getelementptr i8, ptr %base, i64 %i
  store i32 7, ptr %address, align 1
  %next = add i64 %i, 4
  %odd = and i64 %n, 1
  %way = icmp eq i64 %odd, %i
  br i1 %way, label %exit, label %other
exit:
  %again = icmp ne i64 %next, 65536
  br i1 %again, label %latch, label %done
other:
  br label %latch
latch:
  br label %loop
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @wasm_function_0(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 4
;   %again = icmp ne i64 %next, 65536
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_1(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   br label %loop
;
; loop:
;   %i = phi i64 [ 65532, %entry ], [ %next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, -4
;   %again = icmp sgt i64 %next, -1
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_2(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %bound = and i64 %n, 16383
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %loop ]
;   %index = shl i64 %i, 2
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 1
;   %again = icmp ult i64 %next, %bound
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_3(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %0 = getelementptr i8, ptr %instance, i64 64
;   %1 = load ptr, ptr %0, align 8
;   %2 = getelementptr i8, ptr %1, i64 8
;   %3 = load i64, ptr %2, align 8
;   %4 = icmp ule i64 4, %3
;   %5 = sub i64 %3, 4
;   %6 = icmp ule i64 65528, %5
;   %7 = and i1 %4, %6
;   %8 = getelementptr i8, ptr %instance, i64 64
;   %9 = load ptr, ptr %8, align 8
;   %10 = getelementptr i8, ptr %9, i64 8
;   %11 = load i64, ptr %10, align 8
;   %12 = icmp ule i64 4, %11
;   %13 = sub i64 %11, 4
;   %14 = icmp ule i64 0, %13
;   %15 = and i1 %12, %14
;   %16 = and i1 %15, %7
;   %17 = and i1 false, %16
;   %18 = xor i1 %17, true
;   br i1 %18, label %19, label %20
;
; 19:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 20:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %20 ], [ %next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 4
;   %again = icmp ne i64 %next, 65534
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_4(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %0 = getelementptr i8, ptr %instance, i64 64
;   %1 = load ptr, ptr %0, align 8
;   %2 = getelementptr i8, ptr %1, i64 8
;   %3 = load i64, ptr %2, align 8
;   %4 = icmp ule i64 4, %3
;   %5 = sub i64 %3, 4
;   %6 = icmp ule i64 65536, %5
;   %7 = and i1 %4, %6
;   %8 = getelementptr i8, ptr %instance, i64 64
;   %9 = load ptr, ptr %8, align 8
;   %10 = getelementptr i8, ptr %9, i64 8
;   %11 = load i64, ptr %10, align 8
;   %12 = icmp ule i64 4, %11
;   %13 = sub i64 %11, 4
;   %14 = icmp ule i64 0, %13
;   %15 = and i1 %12, %14
;   %16 = and i1 %15, %7
;   %17 = xor i1 %16, true
;   br i1 %17, label %18, label %19
;
; 18:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 19:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %19 ], [ %next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 4
;   %again = icmp ult i64 %next, 65537
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_5(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   br label %loop
;
; loop:
;   %i = phi i32 [ 0, %entry ], [ %next, %loop ]
;   %index = sext i32 %i to i64
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i32 7, ptr %address, align 1
;   %next = add i32 %i, 4
;   %again = icmp slt i32 %next, 65536
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_6(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   %0 = getelementptr i8, ptr %instance, i64 64
;   %1 = load ptr, ptr %0, align 8
;   %2 = getelementptr i8, ptr %1, i64 8
;   %3 = load i64, ptr %2, align 8
;   %4 = icmp ule i64 4, %3
;   %5 = sub i64 %3, 4
;   %6 = icmp ule i64 0, %5
;   %7 = and i1 %4, %6
;   %8 = getelementptr i8, ptr %instance, i64 64
;   %9 = load ptr, ptr %8, align 8
;   %10 = getelementptr i8, ptr %9, i64 8
;   %11 = load i64, ptr %10, align 8
;   %12 = icmp ule i64 4, %11
;   %13 = sub i64 %11, 4
;   %14 = icmp ule i64 0, %13
;   %15 = and i1 %12, %14
;   %16 = and i1 %15, %7
;   %17 = and i1 false, %16
;   %18 = xor i1 %17, true
;   br i1 %18, label %19, label %20
;
; 19:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 20:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %20 ], [ %next, %loop ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 4
;   %again = icmp ule i64 %next, -1
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_7(ptr %instance, i64 %n, i1 %c) {
; entry:
;   %slot = getelementptr i8, ptr %instance, i64 64
;   %memory = load ptr, ptr %slot, align 8
;   %base = load ptr, ptr %memory, align 8
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %latch ]
;   %address = getelementptr i8, ptr %base, i64 %i
;   %0 = getelementptr i8, ptr %instance, i64 64
;   %1 = load ptr, ptr %0, align 8
;   %2 = getelementptr i8, ptr %1, i64 8
;   %3 = load i64, ptr %2, align 8
;   %4 = icmp ule i64 4, %3
;   %5 = sub i64 %3, 4
;   %6 = icmp ule i64 %i, %5
;   %7 = and i1 %4, %6
;   %8 = xor i1 %7, true
;   br i1 %8, label %9, label %10
;
; 9:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; 10:
;   store i32 7, ptr %address, align 1
;   %next = add i64 %i, 4
;   %odd = and i64 %n, 1
;   %way = icmp eq i64 %odd, %i
;   br i1 %way, label %exit, label %other
;
; exit:
;   %again = icmp ne i64 %next, 65536
;   br i1 %again, label %latch, label %done
;
; other:
;   br label %latch
;
; latch:
;   br label %loop
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
