; A check that one before it covers goes: 8 bytes from %p on are in bounds, so 4 are. A check that its index cannot fail
; goes, too: no byte's value is beyond the memory's first page.
;
; passes: wasmc-eliminate-checks

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define i32 @covered(ptr %instance, ptr %base, i32 %p, i64 %size) {
  %index = zext i32 %p to i64
  %fits8 = call i1 @wasmc.in_bounds(i64 %index, i64 8, i64 %size, i64 65536, i64 0)
  br i1 %fits8, label %first, label %fail
first:
  %address = getelementptr i8, ptr %base, i64 %index
  store i64 0, ptr %address, align 1
  %fits4 = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits4, label %second, label %fail
second:
  %value = load i32, ptr %address, align 1
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

define i8 @small(ptr %instance, ptr %base, i8 %p, i64 %size) {
  %index = zext i8 %p to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i8, ptr %address, align 1
  ret i8 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

; Two loads from one structure: nothing can be seen between the checks, and the first does the work of both.
define i32 @neighbours(ptr %instance, ptr %base, i32 %p, i64 %size) {
  %index = zext i32 %p to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %first, label %fail
first:
  %address = getelementptr i8, ptr %base, i64 %index
  %a = load i32, ptr %address, align 1
  %behind = add nuw nsw i64 %index, 12
  %fits.too = call i1 @wasmc.in_bounds(i64 %behind, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits.too, label %second, label %fail
second:
  %other = getelementptr i8, ptr %base, i64 %behind
  %b = load i32, ptr %other, align 1
  %sum = add i32 %a, %b
  ret i32 %sum
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @covered(ptr %instance, ptr %base, i32 %p, i64 %size) {
;   %index = zext i32 %p to i64
;   %fits8 = call i1 @wasmc.in_bounds(i64 %index, i64 8, i64 %size, i64 65536, i64 0)
;   br i1 %fits8, label %first, label %fail
;
; first:
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i64 0, ptr %address, align 1
;   br i1 true, label %second, label %fail
;
; second:
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i8 @small(ptr %instance, ptr %base, i8 %p, i64 %size) {
;   %index = zext i8 %p to i64
;   br i1 true, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load i8, ptr %address, align 1
;   ret i8 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @neighbours(ptr %instance, ptr %base, i32 %p, i64 %size) {
;   %index = zext i32 %p to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 16, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %first, label %fail
;
; first:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %a = load i32, ptr %address, align 1
;   %behind = add nuw nsw i64 %index, 12
;   br i1 true, label %second, label %fail
;
; second:
;   %other = getelementptr i8, ptr %base, i64 %behind
;   %b = load i32, ptr %other, align 1
;   %sum = add i32 %a, %b
;   ret i32 %sum
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
