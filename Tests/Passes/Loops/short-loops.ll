; A loop of eight iterations ends soon by itself: it needs no poll. One of a thousand keeps its poll.
;
; passes: wasmc-short-loops

declare i1 @wasmc.not_interrupted(ptr, ptr, ptr)
declare i1 @may_go_on(ptr)
declare void @trap(ptr) noreturn

define i32 @eight(ptr %instance, ptr %requests, i32 %x) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %sum = phi i32 [ %x, %entry ], [ %more, %body ]
  %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
  br i1 %not.interrupted, label %body, label %stop
body:
  %more = mul i32 %sum, 31
  %next = add nuw nsw i32 %i, 1
  %again = icmp ult i32 %next, 8
  br i1 %again, label %loop, label %done
done:
  ret i32 %more
stop:
  call void @trap(ptr %instance)
  unreachable
}

define i32 @thousand(ptr %instance, ptr %requests, i32 %x) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %sum = phi i32 [ %x, %entry ], [ %more, %body ]
  %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
  br i1 %not.interrupted, label %body, label %stop
body:
  %more = mul i32 %sum, 31
  %next = add nuw nsw i32 %i, 1
  %again = icmp ult i32 %next, 1000
  br i1 %again, label %loop, label %done
done:
  ret i32 %more
stop:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @eight(ptr %instance, ptr %requests, i32 %x) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i32 [ 0, %entry ], [ %next, %body ]
;   %sum = phi i32 [ %x, %entry ], [ %more, %body ]
;   br i1 true, label %body, label %stop
;
; body:
;   %more = mul i32 %sum, 31
;   %next = add nuw nsw i32 %i, 1
;   %again = icmp ult i32 %next, 8
;   br i1 %again, label %loop, label %done
;
; done:
;   %more.lcssa = phi i32 [ %more, %body ]
;   ret i32 %more.lcssa
;
; stop:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @thousand(ptr %instance, ptr %requests, i32 %x) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i32 [ 0, %entry ], [ %next, %body ]
;   %sum = phi i32 [ %x, %entry ], [ %more, %body ]
;   %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
;   br i1 %not.interrupted, label %body, label %stop
;
; body:
;   %more = mul i32 %sum, 31
;   %next = add nuw nsw i32 %i, 1
;   %again = icmp ult i32 %next, 1000
;   br i1 %again, label %loop, label %done
;
; done:
;   %more.lcssa = phi i32 [ %more, %body ]
;   ret i32 %more.lcssa
;
; stop:
;   call void @trap(ptr %instance)
;   unreachable
; }
