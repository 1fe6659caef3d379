; What is known of one array's length says nothing of another's: the second check stays (0). A check after the same one,
; or after the guest's own comparison with the length, goes (1, 2), and so does one of a constant length (3).
;
; passes: wasmc-eliminate-checks,simplifycfg

declare i1 @wasmc.in_bounds(i64, i64, i64, i64, i64) nounwind speculatable willreturn memory(none)
declare void @trap(ptr) noreturn

define void @wasm_function_0(ptr %instance, i32 %i, i32 %a, i32 %b, ptr %elements) {
  %index = zext i32 %i to i64
  %length = zext i32 %a to i64
  %other = zext i32 %b to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
  br i1 %fits, label %first, label %fail
first:
  store volatile i32 1, ptr %elements, align 4
  %fits2 = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %other, i64 0, i64 -1)
  br i1 %fits2, label %second, label %fail
second:
  store volatile i32 2, ptr %elements, align 4
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @wasm_function_1(ptr %instance, i32 %i, i32 %a, ptr %elements) {
  %index = zext i32 %i to i64
  %length = zext i32 %a to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
  br i1 %fits, label %first, label %fail
first:
  store volatile i32 1, ptr %elements, align 4
  %again = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
  br i1 %again, label %second, label %fail
second:
  store volatile i32 2, ptr %elements, align 4
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @wasm_function_2(ptr %instance, i32 %i, i32 %a, ptr %elements) {
  %isBehind = icmp ule i32 %a, %i
  br i1 %isBehind, label %done, label %inside
inside:
  %index = zext i32 %i to i64
  %length = zext i32 %a to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
  br i1 %fits, label %first, label %fail
first:
  store volatile i32 1, ptr %elements, align 4
  br label %done
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

define void @wasm_function_3(ptr %instance, i32 %i, ptr %elements) {
  %small = and i32 %i, 7
  %index = zext i32 %small to i64
  %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 8, i64 0, i64 -1)
  br i1 %fits, label %first, label %fail
first:
  store volatile i32 1, ptr %elements, align 4
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define void @wasm_function_0(ptr %instance, i32 %i, i32 %a, i32 %b, ptr %elements) {
;   %index = zext i32 %i to i64
;   %length = zext i32 %a to i64
;   %other = zext i32 %b to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
;   br i1 %fits, label %first, label %fail
;
; first:
;   store volatile i32 1, ptr %elements, align 4
;   %fits2 = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %other, i64 0, i64 -1)
;   br i1 %fits2, label %second, label %fail
;
; second:
;   store volatile i32 2, ptr %elements, align 4
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @wasm_function_1(ptr %instance, i32 %i, i32 %a, ptr %elements) {
;   %index = zext i32 %i to i64
;   %length = zext i32 %a to i64
;   %fits = call i1 @wasmc.in_bounds(i64 %index, i64 1, i64 %length, i64 0, i64 -1)
;   br i1 %fits, label %first, label %fail
;
; first:
;   store volatile i32 1, ptr %elements, align 4
;   store volatile i32 2, ptr %elements, align 4
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
;
; define void @wasm_function_2(ptr %instance, i32 %i, i32 %a, ptr %elements) {
;   %isBehind = icmp ule i32 %a, %i
;   br i1 %isBehind, label %done, label %inside
;
; inside:
;   %index = zext i32 %i to i64
;   %length = zext i32 %a to i64
;   store volatile i32 1, ptr %elements, align 4
;   br label %done
;
; done:
;   ret void
; }
;
; define void @wasm_function_3(ptr %instance, i32 %i, ptr %elements) {
; first:
;   %small = and i32 %i, 7
;   %index = zext i32 %small to i64
;   store volatile i32 1, ptr %elements, align 4
;   ret void
; }
