; A loop without its poll runs in chunks of iterations, and polls between them. When the guest is to stop, the untouched
; loop goes on where the chunks ended.
;
; passes: wasmc-version-loops

declare i1 @wasmc.not_interrupted(ptr, ptr, ptr)
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
