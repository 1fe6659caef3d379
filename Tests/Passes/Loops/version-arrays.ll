; Loops over arrays run without checks after a test that the last index is below each length. A length that stands behind
; another array's check is loaded before the loop, but only where its reference is not null, as the loop would have found
; first. Where the loop writes lengths, or another condition stands before the load, the loop stays as it is.
;
; passes: wasmc-version-loops

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define void @add(ptr %instance, ptr %a, ptr %b, i1 %isNull, i64 %length, i32 %n) {
entry:
  %elements = getelementptr i8, ptr %a, i64 8
  %place = getelementptr i8, ptr %b, i64 4
  %others = getelementptr i8, ptr %b, i64 8
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %sum ]
  %index = zext i32 %i to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
  br i1 %fits, label %first, label %fail
first:
  %left = getelementptr i32, ptr %elements, i64 %index
  %x = load i32, ptr %left, align 4, !tbaa !0
  br i1 %isNull, label %fail, label %second
second:
  %loaded = load i32, ptr %place, align 4, !tbaa !4
  %wide = zext i32 %loaded to i64
  %fits2 = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
  br i1 %fits2, label %sum, label %fail
sum:
  %right = getelementptr i32, ptr %others, i64 %index
  %y = load i32, ptr %right, align 4, !tbaa !0
  %xy = add i32 %x, %y
  store i32 %xy, ptr %left, align 4, !tbaa !0
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define i32 @conditional(ptr %instance, ptr %a, i1 %isArray, i32 %n) {
entry:
  %place = getelementptr i8, ptr %a, i64 4
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %latch ]
  %sum = phi i32 [ 0, %entry ], [ %total, %latch ]
  br i1 %isArray, label %look, label %latch
look:
  %index = zext i32 %i to i64
  %loaded = load i32, ptr %place, align 4, !tbaa !4
  %wide = zext i32 %loaded to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
  br i1 %fits, label %latch, label %fail
latch:
  %more = phi i32 [ 0, %loop ], [ 1, %look ]
  %total = add i32 %sum, %more
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret i32 %total
fail:
  call void @trap(ptr %instance)
  unreachable
}

!0 = !{!1, !1, i64 0}
!1 = !{!"object", !2, i64 0}
!2 = !{!"heap", !3, i64 0}
!3 = !{!"wasmc"}
!4 = !{!5, !5, i64 0}
!5 = !{!"array length", !2, i64 0}
; ---- by LLVM 22.1.8
; define void @add(ptr %instance, ptr %a, ptr %b, i1 %isNull, i64 %length, i32 %n) {
; entry:
;   %elements = getelementptr i8, ptr %a, i64 8
;   %place = getelementptr i8, ptr %b, i64 4
;   %others = getelementptr i8, ptr %b, i64 8
;   %0 = freeze i1 %isNull
;   %1 = xor i1 %0, true
;   br i1 %1, label %wasmc.lengths, label %wasmc.checked
;
; wasmc.lengths:
;   %2 = load i32, ptr %place, align 4
;   %3 = zext i32 %2 to i64
;   %4 = zext i32 %n to i64
;   %umax = call i64 @llvm.umax.i64(i64 %4, i64 1)
;   %5 = icmp ule i64 %umax, %length
;   %6 = freeze i1 %5
;   %7 = icmp ule i64 %umax, %3
;   %8 = freeze i1 %7
;   %9 = select i1 %6, i1 %8, i1 false
;   br i1 %9, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   br label %loop.unchecked
;
; loop.unchecked:
;   %10 = phi i64 [ 0, %wasmc.checked.unchecked ], [ %12, %loop.unchecked ]
;   %i.unchecked = phi i32 [ 0, %wasmc.checked.unchecked ], [ %next.unchecked, %loop.unchecked ]
;   %left.unchecked = getelementptr inbounds nuw i32, ptr %elements, i64 %10
;   %x.unchecked = load i32, ptr %left.unchecked, align 4
;   %right.unchecked = getelementptr inbounds nuw i32, ptr %others, i64 %10
;   %y.unchecked = load i32, ptr %right.unchecked, align 4
;   %xy.unchecked = add i32 %x.unchecked, %y.unchecked
;   store i32 %xy.unchecked, ptr %left.unchecked, align 4
;   %next.unchecked = add i32 %i.unchecked, 1
;   %again.unchecked = icmp ult i32 %next.unchecked, %n
;   %11 = add nuw nsw i64 %10, 1
;   %12 = add nuw nsw i64 %10, 1
;   br i1 %again.unchecked, label %loop.unchecked, label %done
;
; wasmc.checked:
;   br label %loop
;
; loop:
;   %i = phi i32 [ 0, %wasmc.checked ], [ %next, %sum ]
;   %index = zext i32 %i to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
;   br i1 %fits, label %first, label %fail
;
; first:
;   %left = getelementptr i32, ptr %elements, i64 %index
;   %x = load i32, ptr %left, align 4
;   br i1 %isNull, label %fail, label %second
;
; second:
;   %loaded = load i32, ptr %place, align 4
;   %wide = zext i32 %loaded to i64
;   %fits2 = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
;   br i1 %fits2, label %sum, label %fail
;
; sum:
;   %right = getelementptr i32, ptr %others, i64 %index
;   %y = load i32, ptr %right, align 4
;   %xy = add i32 %x, %y
;   store i32 %xy, ptr %left, align 4
;   %next = add i32 %i, 1
;   %again = icmp ult i32 %next, %n
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
; define i32 @conditional(ptr %instance, ptr %a, i1 %isArray, i32 %n) {
; entry:
;   %place = getelementptr i8, ptr %a, i64 4
;   br label %loop
;
; loop:
;   %i = phi i32 [ 0, %entry ], [ %next, %latch ]
;   %sum = phi i32 [ 0, %entry ], [ %total, %latch ]
;   br i1 %isArray, label %look, label %latch
;
; look:
;   %index = zext i32 %i to i64
;   %loaded = load i32, ptr %place, align 4
;   %wide = zext i32 %loaded to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
;   br i1 %fits, label %latch, label %fail
;
; latch:
;   %more = phi i32 [ 0, %loop ], [ 1, %look ]
;   %total = add i32 %sum, %more
;   %next = add i32 %i, 1
;   %again = icmp ult i32 %next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   %total.lcssa = phi i32 [ %total, %latch ]
;   ret i32 %total.lcssa
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
