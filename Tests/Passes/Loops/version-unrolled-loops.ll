; The compiler that made the module unrolled the loop twice. Without checks it is rolled up again, so that LLVM can
; vectorise it: a body once, with half the step and twice the iterations.
;
; passes: wasmc-version-loops

define void @unrolled(ptr %base) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %a = getelementptr i8, ptr %base, i64 %i
  %x = load i32, ptr %a, align 4
  %y = mul i32 %x, 3
  store i32 %y, ptr %a, align 4
  %j = add nuw nsw i64 %i, 4
  %b = getelementptr i8, ptr %base, i64 %j
  %u = load i32, ptr %b, align 4
  %v = mul i32 %u, 3
  store i32 %v, ptr %b, align 4
  %next = add nuw nsw i64 %i, 8
  %again = icmp ult i64 %next, 4096
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @unrolled(ptr %base) {
; entry:
;   br label %loop
;
; loop:
;   %0 = phi i64 [ 0, %entry ], [ %2, %loop ]
;   %i = phi i64 [ 0, %entry ], [ %1, %loop ]
;   %a = getelementptr i8, ptr %base, i64 %i
;   %x = load i32, ptr %a, align 4
;   %y = mul i32 %x, 3
;   store i32 %y, ptr %a, align 4
;   %1 = add nuw nsw i64 %i, 4
;   %2 = add nuw nsw i64 %0, 1
;   %3 = icmp ne i64 %2, 1024
;   br i1 %3, label %loop, label %done
;
; done:
;   ret void
; }
