; With guard pages behind the memory, an access that runs whenever its check did faults wherever the check would have
; failed. The check goes, and the access is volatile from now on: nobody may move or narrow it.
;
; passes: wasmc-implicit-checks

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define i32 @load(ptr %instance, ptr %base, i32 %p, i64 %size) {
  %index = zext i32 %p to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1, !tbaa !0
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

; Here the access does not touch the last byte that the check is about: the check stays.
define i32 @too.short(ptr %instance, ptr %base, i32 %p, i64 %size) {
  %index = zext i32 %p to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 16, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1, !tbaa !0
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

; Something can be seen before the access: the check stays, too.
declare void @host()
define i32 @seen(ptr %instance, ptr %base, i32 %p, i64 %size) {
  %index = zext i32 %p to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  call void @host()
  %address = getelementptr i8, ptr %base, i64 %index
  %value = load i32, ptr %address, align 1, !tbaa !0
  ret i32 %value
fail:
  call void @trap(ptr %instance)
  unreachable
}

!0 = !{!1, !1, i64 0}
!1 = !{!"linear memory", !2, i64 0}
!2 = !{!"wasmc"}
; ---- by LLVM 22.1.8
; define i32 @load(ptr %instance, ptr %base, i32 %p, i64 %size) {
; body:
;   %index = zext i32 %p to i64
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load volatile i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @too.short(ptr %instance, ptr %base, i32 %p, i64 %size) {
;   %index = zext i32 %p to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 16, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define i32 @seen(ptr %instance, ptr %base, i32 %p, i64 %size) {
;   %index = zext i32 %p to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
;   br i1 %fits, label %body, label %fail
;
; body:
;   call void @host()
;   %address = getelementptr i8, ptr %base, i64 %index
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
