; Stores of four bytes in steps of one: LLVM's vectoriser would write them in another order. The loop is marked as one
; that it has seen.
;
; passes: wasmc-version-loops

define void @overlapping(ptr %base, i32 %x) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %a = getelementptr i8, ptr %base, i64 %i
  store i32 %x, ptr %a, align 1
  %next = add nuw nsw i64 %i, 1
  %again = icmp ult i64 %next, 4096
  br i1 %again, label %loop, label %done
done:
  ret void
}
; ---- by LLVM 22.1.8
; define void @overlapping(ptr %base, i32 %x) {
; entry:
;   br label %loop
;
; loop:
;   %i = phi i64 [ 0, %entry ], [ %next, %loop ]
;   %a = getelementptr i8, ptr %base, i64 %i
;   store i32 %x, ptr %a, align 1
;   %next = add nuw nsw i64 %i, 1
;   %again = icmp ult i64 %next, 4096
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; done:
;   ret void
; }
