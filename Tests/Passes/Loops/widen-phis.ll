; The counter is extended where it is made, not in each iteration where it is read.
;
; passes: wasmc-widen-phis

define void @zeros(ptr %base, i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %index = zext i32 %i to i64
  %address = getelementptr i8, ptr %base, i64 %index
  store i8 0, ptr %address, align 1
  %next = add i32 %i, 1
  %again = icmp ult i32 %next, %n
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @zeros(ptr %base, i32 %n) {
; entry:
;   br label %loop
;
; loop:
;   %0 = phi i64 [ 0, %entry ], [ %2, %loop ]
;   %1 = trunc i64 %0 to i32
;   %address = getelementptr i8, ptr %base, i64 %0
;   store i8 0, ptr %address, align 1
;   %next = add i32 %1, 1
;   %2 = zext i32 %next to i64
;   %again = icmp ult i32 %next, %n
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
