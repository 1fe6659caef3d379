; The next iteration uses what this one loaded. It loads it again, so that LLVM need not move lanes from one vector to
; the next.
;
; passes: wasmc-version-loops

define void @differences(ptr %from) {
entry:
  %start = load i32, ptr %from, align 4
  br label %loop
loop:
  %i = phi i64 [ 4, %entry ], [ %next, %loop ]
  %kept = phi i32 [ %start, %entry ], [ %x, %loop ]
  %a = getelementptr i8, ptr %from, i64 %i
  %x = load i32, ptr %a, align 4
  %d = sub i32 %x, %kept
  %place = getelementptr i8, ptr %from, i64 %i
  %b = getelementptr i8, ptr %place, i64 4096
  store i32 %d, ptr %b, align 4
  %next = add nuw nsw i64 %i, 4
  %again = icmp ult i64 %next, 4096
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @differences(ptr %from) {
; entry:
;   %start = load i32, ptr %from, align 4
;   br label %loop
;
; loop:
;   %i = phi i64 [ 4, %entry ], [ %next, %loop ]
;   %0 = getelementptr i8, ptr %from, i64 %i
;   %1 = getelementptr i8, ptr %0, i64 -4
;   %2 = load i32, ptr %1, align 4
;   %a = getelementptr i8, ptr %from, i64 %i
;   %x = load i32, ptr %a, align 4
;   %d = sub i32 %x, %2
;   %place = getelementptr i8, ptr %from, i64 %i
;   %b = getelementptr i8, ptr %place, i64 4096
;   store i32 %d, ptr %b, align 4
;   %next = add nuw nsw i64 %i, 4
;   %again = icmp ult i64 %next, 4096
;   br i1 %again, label %loop, label %done
;
; done:
;   ret void
; }
