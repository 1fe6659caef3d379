; No analysis looks through `freeze`: the quotient stays behind the check of its divisor. Divisions by constants cannot
; fault.
;
; passes: wasmc-guard-divisions

declare void @trap(ptr) noreturn

define i32 @quotient(ptr %instance, i32 %a, i32 %b) {
  %is.zero = icmp eq i32 %b, 0
  br i1 %is.zero, label %fail, label %divide
divide:
  %q = udiv i32 %a, %b
  %tenth = udiv i32 %q, 10
  ret i32 %tenth
fail:
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @quotient(ptr %instance, i32 %a, i32 %b) {
;   %is.zero = icmp eq i32 %b, 0
;   br i1 %is.zero, label %fail, label %divide
;
; divide:
;   %q = udiv i32 %a, %b
;   %1 = freeze i32 %q
;   %tenth = udiv i32 %1, 10
;   ret i32 %tenth
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
; }
