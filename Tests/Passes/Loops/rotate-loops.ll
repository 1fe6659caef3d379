; The test moves to the end of the loop, behind a copy of it before the loop.
;
; passes: wasmc-rotate-loops

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn
declare void @work(i32)

define void @counted(i32 %n) {
entry:
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %goes.on = icmp ult i32 %i, %n
  br i1 %goes.on, label %body, label %done
body:
  call void @work(i32 %i)
  %next = add i32 %i, 1
  br label %head
done:
  ret void
}

; A bounds check does not decide how often a loop runs: the loop stays as it is.
define void @checked(ptr %instance, i32 %p, i64 %size) {
entry:
  br label %head
head:
  %i = phi i32 [ %p, %entry ], [ %next, %body ]
  %index = zext i32 %i to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  call void @work(i32 %i)
  %next = add i32 %i, 4
  br label %head
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define void @counted(i32 %n) {
; entry:
;   %goes.on1 = icmp ult i32 0, %n
;   br i1 %goes.on1, label %body.lr.ph, label %done
;
; body.lr.ph:
;   br label %body
;
; body:
;   %i2 = phi i32 [ 0, %body.lr.ph ], [ %next, %body ]
;   call void @work(i32 %i2)
;   %next = add i32 %i2, 1
;   %goes.on = icmp ult i32 %next, %n
;   br i1 %goes.on, label %body, label %head.done_crit_edge
;
; head.done_crit_edge:
;   br label %done
;
; done:
;   ret void
; }
;
; define void @checked(ptr %instance, i32 %p, i64 %size) {
; entry:
;   br label %head
;
; head:
;   %i = phi i32 [ %p, %entry ], [ %next, %body ]
;   %index = zext i32 %i to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   call void @work(i32 %i)
;   %next = add i32 %i, 4
;   br label %head
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
