; One test before the loop shows that no index of any iteration is out of bounds; then the copy without checks runs,
; with an index of 64 bits. Else the untouched loop does.
;
; passes: wasmc-version-loops

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define void @fill(ptr %instance, ptr %base, i32 %p, i32 %n, i64 %size) {
entry:
  br label %loop
loop:
  %i = phi i32 [ %p, %entry ], [ %next.i, %body ]
  %left = phi i32 [ %n, %entry ], [ %next.left, %body ]
  %index = zext i32 %i to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  store i32 7, ptr %address, align 1
  %next.i = add i32 %i, 4
  %next.left = add i32 %left, -1
  %again = icmp ne i32 %next.left, 0
  br i1 %again, label %loop, label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define void @fill(ptr %instance, ptr %base, i32 %p, i32 %n, i64 %size) {
; entry:
;   %0 = add i32 %n, -1
;   %1 = zext i32 %0 to i64
;   %2 = shl nuw nsw i64 %1, 2
;   %3 = zext i32 %p to i64
;   %4 = add i64 %2, %3
;   %5 = add i64 %4, 4
;   %6 = icmp ule i64 %5, %size
;   %7 = freeze i1 %6
;   br i1 %7, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   br label %loop.unchecked
;
; loop.unchecked:
;   %8 = phi i64 [ %3, %wasmc.checked.unchecked ], [ %9, %loop.unchecked ]
;   %i.unchecked = phi i32 [ %p, %wasmc.checked.unchecked ], [ %next.i.unchecked, %loop.unchecked ]
;   %left.unchecked = phi i32 [ %n, %wasmc.checked.unchecked ], [ %next.left.unchecked, %loop.unchecked ]
;   %address.unchecked = getelementptr inbounds nuw i8, ptr %base, i64 %8
;   store i32 7, ptr %address.unchecked, align 1
;   %next.i.unchecked = add i32 %i.unchecked, 4
;   %next.left.unchecked = add i32 %left.unchecked, -1
;   %again.unchecked = icmp ne i32 %next.left.unchecked, 0
;   %9 = add nuw nsw i64 %8, 4
;   br i1 %again.unchecked, label %loop.unchecked, label %done
;
; wasmc.checked:
;   br label %loop
;
; loop:
;   %i = phi i32 [ %p, %wasmc.checked ], [ %next.i, %body ]
;   %left = phi i32 [ %n, %wasmc.checked ], [ %next.left, %body ]
;   %index = zext i32 %i to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i32 7, ptr %address, align 1
;   %next.i = add i32 %i, 4
;   %next.left = add i32 %left, -1
;   %again = icmp ne i32 %next.left, 0
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; done:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
