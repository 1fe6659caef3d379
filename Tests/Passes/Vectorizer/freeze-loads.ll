; A value that the loop loads under a condition and uses behind it. Frozen, it stays a load of its own when the
; vectoriser has made a masked load of it, and instcombine cannot move it behind the store.
;
; passes: wasmc-freeze-loads

define i32 @conditional(ptr %m, ptr %p, ptr %c) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %join ]
  %last = phi i32 [ 0, %entry ], [ %value, %join ]
  %at.m = getelementptr i8, ptr %m, i64 %i
  %flag = load i32, ptr %at.m, align 4
  %is.large = icmp ugt i32 %flag, 7
  br i1 %is.large, label %then, label %join
then:
  %at.p = getelementptr i8, ptr %p, i64 %i
  %x = load i32, ptr %at.p, align 4
  %at.c = getelementptr i8, ptr %c, i64 %i
  %y = load i32, ptr %at.c, align 4
  store i32 %y, ptr %at.p, align 4
  br label %join
join:
  %value = phi i32 [ %last, %loop ], [ %x, %then ]
  %next = add nuw nsw i64 %i, 4
  %again = icmp ult i64 %next, 4096
  br i1 %again, label %loop, label %done
done:
  ret i32 %value
}
; ---- by LLVM 22.1.8
; define i32 @conditional(ptr %m, ptr %p, ptr %c) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %join ]
;   %last = phi i32 [ 0, %entry ], [ %value, %join ]
;   %at.m = getelementptr i8, ptr %m, i64 %i
;   %flag = load i32, ptr %at.m, align 4
;   %is.large = icmp ugt i32 %flag, 7
;   br i1 %is.large, label %then, label %join
;
; then:
;   %at.p = getelementptr i8, ptr %p, i64 %i
;   %x = load i32, ptr %at.p, align 4
;   %0 = freeze i32 %x
;   %at.c = getelementptr i8, ptr %c, i64 %i
;   %y = load i32, ptr %at.c, align 4
;   store i32 %y, ptr %at.p, align 4
;   br label %join
;
; join:
;   %value = phi i32 [ %last, %loop ], [ %0, %then ]
;   %next = add nuw nsw i64 %i, 4
;   %again = icmp ult i64 %next, 4096
;   br i1 %again, label %loop, label %done
;
; done:
;   ret i32 %value
; }
