; min(min(last, a) + 1, b): each iteration waits for two minima and a sum of the one before. min(last + 1, min(a + 1, b))
; waits for one minimum and the sum.
;
; passes: wasmc-short-recurrences

declare i32 @llvm.umin.i32(i32, i32)

define i32 @distance(ptr %as, ptr %bs) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %last.wide = phi i32 [ 0, %entry ], [ %new, %loop ]
  %last = and i32 %last.wide, 65535
  %at.a = getelementptr i8, ptr %as, i64 %i
  %a.narrow = load i16, ptr %at.a, align 2
  %a = zext i16 %a.narrow to i32
  %at.b = getelementptr i8, ptr %bs, i64 %i
  %b.narrow = load i16, ptr %at.b, align 2
  %b = zext i16 %b.narrow to i32
  %least = call i32 @llvm.umin.i32(i32 %last, i32 %a)
  %sum = add i32 %least, 1
  %new = call i32 @llvm.umin.i32(i32 %sum, i32 %b)
  %next = add nuw nsw i64 %i, 2
  %again = icmp ult i64 %next, 4096
  br i1 %again, label %loop, label %done
done:
  ret i32 %new
}
; ---- by LLVM 22.1.8
; define i32 @distance(ptr %as, ptr %bs) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %loop ]
;   %last.wide = phi i32 [ 0, %entry ], [ %3, %loop ]
;   %last = and i32 %last.wide, 65535
;   %at.a = getelementptr i8, ptr %as, i64 %i
;   %a.narrow = load i16, ptr %at.a, align 2
;   %a = zext i16 %a.narrow to i32
;   %at.b = getelementptr i8, ptr %bs, i64 %i
;   %b.narrow = load i16, ptr %at.b, align 2
;   %b = zext i16 %b.narrow to i32
;   %0 = add i32 %a, 1
;   %1 = call i32 @llvm.umin.i32(i32 %0, i32 %b)
;   %2 = add i32 %last, 1
;   %3 = call i32 @llvm.umin.i32(i32 %2, i32 %1)
;   %next = add nuw nsw i64 %i, 2
;   %again = icmp ult i64 %next, 4096
;   br i1 %again, label %loop, label %done
;
; done:
;   ret i32 %3
; }
