; Every so many links (100, here 3) the sum goes through the stack, where instruction selection does not look.
;
; passes: wasmc-long-chains<3>

define i32 @sum(i32 %x) {
  %a = add i32 %x, 11
  %b = add i32 %a, %x
  %c = add i32 %b, 13
  %d = add i32 %c, %x
  %e = add i32 %d, 17
  %f = add i32 %e, %x
  ret i32 %f
}
; ---- by LLVM 22.1.8
; define i32 @sum(i32 %x) {
;   %1 = alloca i32, align 4
;   %a = add i32 %x, 11
;   %b = add i32 %a, %x
;   %c = add i32 %b, 13
;   %d = add i32 %c, %x
;   store volatile i32 %d, ptr %1, align 4
;   %2 = load volatile i32, ptr %1, align 4
;   %e = add i32 %2, 17
;   %f = add i32 %e, %x
;   ret i32 %f
; }
