; An index that lacks a number of known bounds to be a sequence is covered by the test before the loop as well: an array
; on the stack of a memory with 64-bit addresses. Not where a check costs nothing, and not where all that is known of
; the number is that it has 32 bits.
;
; passes: wasmc-version-loops

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare i1 @wasmc.in_bounds64(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define void @count(ptr %instance, ptr %base, ptr %bytes, i64 %array, i64 %n, i64 %size) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %place = getelementptr i8, ptr %bytes, i64 %i
  %byte = load i8, ptr %place, align 1
  %number = zext i8 %byte to i64
  %offset = shl i64 %number, 2
  %index = add i64 %array, %offset
  %fits = call i1 @wasmc.in_bounds64(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  %count = load i32, ptr %address, align 1
  %more = add i32 %count, 1
  store i32 %more, ptr %address, align 1
  %next = add i64 %i, 1
  %again = icmp ne i64 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @narrow(ptr %instance, ptr %base, ptr %bytes, i32 %array, i64 %n, i64 %size) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %place = getelementptr i8, ptr %bytes, i64 %i
  %byte = load i8, ptr %place, align 1
  %number = zext i8 %byte to i32
  %sum = add i32 %array, %number
  %index = zext i32 %sum to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  store i8 %byte, ptr %address, align 1
  %next = add i64 %i, 1
  %again = icmp ne i64 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @any(ptr %instance, ptr %base, ptr %numbers, i64 %array, i64 %n, i64 %size) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %place = getelementptr i32, ptr %numbers, i64 %i
  %word = load i32, ptr %place, align 4
  %number = zext i32 %word to i64
  %index = add i64 %array, %number
  %fits = call i1 @wasmc.in_bounds64(i64 %index, i64 1, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  store i8 0, ptr %address, align 1
  %next = add i64 %i, 1
  %again = icmp ne i64 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define void @count(ptr %instance, ptr %base, ptr %bytes, i64 %array, i64 %n, i64 %size) {
; entry:
;   %0 = add i64 %n, -1
;   %1 = icmp ult i64 %0, 4294967296
;   %2 = freeze i1 %1
;   %3 = sub i64 %size, 1024
;   %4 = icmp ule i64 %array, %3
;   %5 = freeze i1 %4
;   %6 = select i1 %2, i1 %5, i1 false
;   br i1 %6, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   br label %loop.unchecked
;
; loop.unchecked:
;   %i.unchecked = phi i64 [ 0, %wasmc.checked.unchecked ], [ %next.unchecked, %loop.unchecked ]
;   %place.unchecked = getelementptr i8, ptr %bytes, i64 %i.unchecked
;   %byte.unchecked = load i8, ptr %place.unchecked, align 1
;   %number.unchecked = zext i8 %byte.unchecked to i64
;   %offset.unchecked = shl i64 %number.unchecked, 2
;   %index.unchecked = add i64 %array, %offset.unchecked
;   %address.unchecked = getelementptr i8, ptr %base, i64 %index.unchecked
;   %count.unchecked = load i32, ptr %address.unchecked, align 1
;   %more.unchecked = add i32 %count.unchecked, 1
;   store i32 %more.unchecked, ptr %address.unchecked, align 1
;   %next.unchecked = add i64 %i.unchecked, 1
;   %again.unchecked = icmp ne i64 %next.unchecked, %n
;   br i1 %again.unchecked, label %loop.unchecked, label %done
;
; wasmc.checked:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %wasmc.checked ], [ %next, %body ]
;   %place = getelementptr i8, ptr %bytes, i64 %i
;   %byte = load i8, ptr %place, align 1
;   %number = zext i8 %byte to i64
;   %offset = shl i64 %number, 2
;   %index = add i64 %array, %offset
;   %fits = call i1 @wasmc.in_bounds64(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %count = load i32, ptr %address, align 1
;   %more = add i32 %count, 1
;   store i32 %more, ptr %address, align 1
;   %next = add i64 %i, 1
;   %again = icmp ne i64 %next, %n
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; done:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @narrow(ptr %instance, ptr %base, ptr %bytes, i32 %array, i64 %n, i64 %size) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %body ]
;   %place = getelementptr i8, ptr %bytes, i64 %i
;   %byte = load i8, ptr %place, align 1
;   %number = zext i8 %byte to i32
;   %sum = add i32 %array, %number
;   %index = zext i32 %sum to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i8 %byte, ptr %address, align 1
;   %next = add i64 %i, 1
;   %again = icmp ne i64 %next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @any(ptr %instance, ptr %base, ptr %numbers, i64 %array, i64 %n, i64 %size) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %body ]
;   %place = getelementptr i32, ptr %numbers, i64 %i
;   %word = load i32, ptr %place, align 4
;   %number = zext i32 %word to i64
;   %index = add i64 %array, %number
;   %fits = call i1 @wasmc.in_bounds64(i64 %index, i64 1, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i8 0, ptr %address, align 1
;   %next = add i64 %i, 1
;   %again = icmp ne i64 %next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
