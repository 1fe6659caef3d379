; A loop without its poll runs in chunks of iterations, and polls between them. When the guest is to stop, the untouched
; loop goes on where the chunks ended.
;
; passes: wasmc-version-loops

declare i1 @wasmc.not_interrupted(ptr, ptr, ptr)
declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare i1 @may_go_on(ptr)
declare void @trap(ptr) noreturn

define i32 @polled(ptr %instance, ptr %requests, i32 %x, i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [ %n, %entry ], [ %next, %body ]
  %sum = phi i32 [ %x, %entry ], [ %more, %body ]
  %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
  br i1 %not.interrupted, label %body, label %stop
body:
  %more = mul i32 %sum, 31
  %next = add i32 %i, -1
  %again = icmp ne i32 %next, 0
  br i1 %again, label %loop, label %done
done:
  ret i32 %more
stop:
  call void @trap(ptr %instance)
  unreachable
}

; Two tests stand before a loop with a poll when the second one needs a length: the untouched loop is entered from both.
define void @array(ptr %instance, ptr %requests, ptr %a, i1 %isNull, i32 %first, i32 %n) {
entry:
  %place = getelementptr i8, ptr %a, i64 4
  %elements = getelementptr i8, ptr %a, i64 8
  br label %loop
loop:
  %i = phi i32 [ %first, %entry ], [ %next, %set ]
  %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
  br i1 %not.interrupted, label %body, label %stop
body:
  br i1 %isNull, label %stop, label %read
read:
  %length = load i32, ptr %place, align 4, !tbaa !4
  %wide = zext i32 %length to i64
  %index = zext i32 %i to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
  br i1 %fits, label %set, label %stop
set:
  %element = getelementptr i32, ptr %elements, i64 %index
  store i32 7, ptr %element, align 4, !tbaa !0
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
stop:
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
; define i32 @polled(ptr %instance, ptr %requests, i32 %x, i32 %n) {
; entry:
;   %0 = add i32 %n, -1
;   %1 = zext i32 %0 to i64
;   %2 = add nuw nsw i64 %1, 1
;   br i1 true, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   br label %wasmc.chunk
;
; wasmc.chunk:
;   %3 = phi i64 [ 0, %wasmc.checked.unchecked ], [ %20, %wasmc.pause ]
;   %4 = phi i32 [ %x, %wasmc.checked.unchecked ], [ %19, %wasmc.pause ]
;   %5 = trunc i64 %3 to i32
;   %6 = mul i32 %5, -1
;   %7 = add i32 %n, %6
;   %8 = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
;   br i1 %8, label %wasmc.run, label %wasmc.checked
;
; wasmc.run:
;   %9 = sub nuw nsw i64 %2, %3
;   %10 = sub nuw nsw i64 %9, 1
;   %11 = call i64 @llvm.umin.i64(i64 %10, i64 16383)
;   %12 = add nuw nsw i64 %11, 1
;   br label %loop.unchecked
;
; loop.unchecked:
;   %13 = phi i64 [ 0, %wasmc.run ], [ %14, %loop.unchecked ]
;   %i.unchecked = phi i32 [ %7, %wasmc.run ], [ %next.unchecked, %loop.unchecked ]
;   %sum.unchecked = phi i32 [ %4, %wasmc.run ], [ %more.unchecked, %loop.unchecked ]
;   %more.unchecked = mul i32 %sum.unchecked, 31
;   %next.unchecked = add i32 %i.unchecked, -1
;   %14 = add nuw nsw i64 %13, 1
;   %15 = icmp ne i64 %14, %12
;   br i1 %15, label %loop.unchecked, label %wasmc.pause
;
; wasmc.checked:
;   %16 = phi i32 [ %n, %entry ], [ %7, %wasmc.chunk ]
;   %17 = phi i32 [ %x, %entry ], [ %4, %wasmc.chunk ]
;   br label %loop
;
; loop:
;   %i = phi i32 [ %16, %wasmc.checked ], [ %next, %body ]
;   %sum = phi i32 [ %17, %wasmc.checked ], [ %more, %body ]
;   %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
;   br i1 %not.interrupted, label %body, label %stop
;
; body:
;   %more = mul i32 %sum, 31
;   %next = add i32 %i, -1
;   %again = icmp ne i32 %next, 0
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; wasmc.pause:
;   %18 = phi i32 [ %more.unchecked, %loop.unchecked ]
;   %19 = phi i32 [ %more.unchecked, %loop.unchecked ]
;   %20 = add nuw nsw i64 %3, %12
;   %21 = icmp eq i64 %20, %2
;   br i1 %21, label %done, label %wasmc.chunk
;
; done:
;   %more.lcssa = phi i32 [ %more, %body ], [ %18, %wasmc.pause ]
;   ret i32 %more.lcssa
;
; stop:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @array(ptr %instance, ptr %requests, ptr %a, i1 %isNull, i32 %first, i32 %n) {
; entry:
;   %place = getelementptr i8, ptr %a, i64 4
;   %elements = getelementptr i8, ptr %a, i64 8
;   %0 = freeze i1 %isNull
;   %1 = xor i1 %0, true
;   br i1 %1, label %wasmc.lengths, label %wasmc.checked
;
; wasmc.lengths:
;   %2 = load i32, ptr %place, align 4
;   %3 = zext i32 %2 to i64
;   %4 = zext i32 %first to i64
;   %5 = add i32 %first, 1
;   %umax = call i32 @llvm.umax.i32(i32 %n, i32 %5)
;   %6 = add i32 %umax, -1
;   %7 = sub i32 %6, %first
;   %8 = zext i32 %7 to i64
;   %9 = add i64 %4, %8
;   %10 = add i64 %9, 1
;   %11 = icmp ule i64 %10, %3
;   %12 = freeze i1 %11
;   %13 = add nuw nsw i64 %8, 1
;   br i1 %12, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   br label %wasmc.chunk
;
; wasmc.chunk:
;   %14 = phi i64 [ 0, %wasmc.checked.unchecked ], [ %31, %wasmc.pause ]
;   %15 = mul i64 %14, 1
;   %16 = add i64 %4, %15
;   %17 = trunc i64 %14 to i32
;   %18 = mul i32 %17, 1
;   %19 = add i32 %first, %18
;   %20 = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
;   br i1 %20, label %wasmc.run, label %wasmc.checked
;
; wasmc.run:
;   %21 = sub nuw nsw i64 %13, %14
;   %22 = sub nuw nsw i64 %21, 1
;   %23 = call i64 @llvm.umin.i64(i64 %22, i64 16383)
;   %24 = add nuw nsw i64 %23, 1
;   br label %loop.unchecked
;
; loop.unchecked:
;   %25 = phi i64 [ 0, %wasmc.run ], [ %28, %loop.unchecked ]
;   %26 = phi i64 [ %16, %wasmc.run ], [ %27, %loop.unchecked ]
;   %i.unchecked = phi i32 [ %19, %wasmc.run ], [ %next.unchecked, %loop.unchecked ]
;   %element.unchecked = getelementptr inbounds nuw i32, ptr %elements, i64 %26
;   store i32 7, ptr %element.unchecked, align 4
;   %next.unchecked = add i32 %i.unchecked, 1
;   %27 = add nuw nsw i64 %26, 1
;   %28 = add nuw nsw i64 %25, 1
;   %29 = icmp ne i64 %28, %24
;   br i1 %29, label %loop.unchecked, label %wasmc.pause
;
; wasmc.checked:
;   %30 = phi i32 [ %first, %entry ], [ %first, %wasmc.lengths ], [ %19, %wasmc.chunk ]
;   br label %loop
;
; loop:
;   %i = phi i32 [ %30, %wasmc.checked ], [ %next, %set ]
;   %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
;   br i1 %not.interrupted, label %body, label %stop
;
; body:
;   br i1 %isNull, label %stop, label %read
;
; read:
;   %length = load i32, ptr %place, align 4
;   %wide = zext i32 %length to i64
;   %index = zext i32 %i to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %wide, i64 0, i64 -1)
;   br i1 %fits, label %set, label %stop
;
; set:
;   %element = getelementptr i32, ptr %elements, i64 %index
;   store i32 7, ptr %element, align 4
;   %next = add i32 %i, 1
;   %again = icmp ult i32 %next, %n
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; wasmc.pause:
;   %31 = add nuw nsw i64 %14, %24
;   %32 = icmp eq i64 %31, %13
;   br i1 %32, label %done, label %wasmc.chunk
;
; done:
;   ret void
;
; stop:
;   call void @trap(ptr %instance)
;   unreachable
; }
