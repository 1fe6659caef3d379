; A value that more than so many (4,000, here 4) others are needed for, one after the other, goes through the stack.
;
; passes: wasmc-deep-expressions<4>

define i32 @deep(i32 %x) {
  %a = mul i32 %x, 11
  %b = add i32 %a, %x
  %c = xor i32 %b, 13
  %d = mul i32 %c, %x
  %e = add i32 %d, 17
  ret i32 %e
}
; ---- by LLVM 22.1.8
; define i32 @deep(i32 %x) {
;   %1 = alloca i32, align 4
;   %a = mul i32 %x, 11
;   %b = add i32 %a, %x
;   %c = xor i32 %b, 13
;   %d = mul i32 %c, %x
;   store volatile i32 %d, ptr %1, align 4
;   %2 = load volatile i32, ptr %1, align 4
;   %e = add i32 %2, 17
;   ret i32 %e
; }
