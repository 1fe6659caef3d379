; The sum of two remainders by 251 is below 502: one subtraction makes its remainder.
;
; passes: wasmc-small-remainders

define i32 @sum(i32 %a, i32 %b) {
  %x = urem i32 %a, 251
  %y = urem i32 %b, 251
  %sum = add i32 %x, %y
  %rest = urem i32 %sum, 251
  ret i32 %rest
}
; ---- by LLVM 22.1.8
; define i32 @sum(i32 %a, i32 %b) {
;   %x = urem i32 %a, 251
;   %y = urem i32 %b, 251
;   %sum = add i32 %x, %y
;   %1 = freeze i32 %sum
;   %2 = icmp ult i32 %1, 251
;   %3 = sub i32 %1, 251
;   %4 = select i1 %2, i32 %1, i32 %3
;   ret i32 %4
; }
