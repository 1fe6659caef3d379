; The opaque calls get their meaning: a check of bounds becomes a comparison, one of fuel another, and a poll reads
; whether anybody asks for anything, and only then calls.
;
; passes: wasmc-lower-checks

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare i1 @wasmc.has_fuel(i64)
declare i1 @wasmc.not_interrupted(ptr, ptr, ptr)
declare i1 @may_go_on(ptr)
declare void @trap(ptr) noreturn

define void @bounds(ptr %instance, ptr %base, i64 %index, i64 %size) {
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 4, i64 %size, i64 65536, i64 0)
  br i1 %fits, label %body, label %fail
body:
  %address = getelementptr i8, ptr %base, i64 %index
  store i32 1, ptr %address, align 1
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @fuel(ptr %instance, i64 %fuel) {
  %left = sub i64 %fuel, 7
  %suffices = call i1 @wasmc.has_fuel(i64 %left)
  br i1 %suffices, label %body, label %fail
body:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @poll(ptr %instance, ptr %requests) {
  br label %loop
loop:
  %not.interrupted = call i1 @wasmc.not_interrupted(ptr %requests, ptr %instance, ptr @may_go_on)
  br i1 %not.interrupted, label %loop, label %fail
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define void @bounds(ptr %instance, ptr %base, i64 %index, i64 %size) {
;   %1 = add nuw nsw i64 %index, 4
;   %2 = icmp ule i64 %1, %size
;   br i1 %2, label %body, label %fail
;
; body:
;   %address = getelementptr i8, ptr %base, i64 %index
;   store i32 1, ptr %address, align 1
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @fuel(ptr %instance, i64 %fuel) {
;   %left = sub i64 %fuel, 7
;   %1 = icmp sge i64 %left, 0
;   br i1 %1, label %body, label %fail
;
; body:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @poll(ptr %instance, ptr %requests) {
;   br label %loop
;
; loop:
;   %1 = load volatile i32, ptr %requests, align 4
;   %2 = icmp eq i32 %1, 0
;   br i1 %2, label %loop, label %3
;
; 3:
;   %4 = call i1 @may_go_on(ptr %instance)
;   br i1 %4, label %loop, label %fail
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
