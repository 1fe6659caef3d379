; The compiler that made the module unrolled the loop four times. Without checks it is rolled up again, so that LLVM can
; vectorise it: a body once, with a quarter of the step and four times the iterations.
;
; passes: wasmc-version-loops

define void @unrolled(ptr %base) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %a0 = getelementptr i8, ptr %base, i64 %i
  %x0 = load i32, ptr %a0, align 4
  %y0 = mul i32 %x0, 3
  store i32 %y0, ptr %a0, align 4
  %i1 = add nuw nsw i64 %i, 4
  %a1 = getelementptr i8, ptr %base, i64 %i1
  %x1 = load i32, ptr %a1, align 4
  %y1 = mul i32 %x1, 3
  store i32 %y1, ptr %a1, align 4
  %i2 = add nuw nsw i64 %i, 8
  %a2 = getelementptr i8, ptr %base, i64 %i2
  %x2 = load i32, ptr %a2, align 4
  %y2 = mul i32 %x2, 3
  store i32 %y2, ptr %a2, align 4
  %i3 = add nuw nsw i64 %i, 12
  %a3 = getelementptr i8, ptr %base, i64 %i3
  %x3 = load i32, ptr %a3, align 4
  %y3 = mul i32 %x3, 3
  store i32 %y3, ptr %a3, align 4
  %next = add nuw nsw i64 %i, 16
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
;   %a0 = getelementptr i8, ptr %base, i64 %i
;   %x0 = load i32, ptr %a0, align 4
;   %y0 = mul i32 %x0, 3
;   store i32 %y0, ptr %a0, align 4
;   %1 = add nuw nsw i64 %i, 4
;   %2 = add nuw nsw i64 %0, 1
;   %3 = icmp ne i64 %2, 1024
;   br i1 %3, label %loop, label %done
;
; done:
;   ret void
; }
