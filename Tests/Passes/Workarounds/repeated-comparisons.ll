; The size is compared with many (more than 500, here 2): LLVM would go through its users for each `ugt`.
;
; passes: wasmc-repeated-comparisons<2>

define i32 @checks(i64 %a, i64 %b, i64 %size) {
  %first = icmp ugt i64 %a, %size
  br i1 %first, label %trap, label %next
next:
  %second = icmp ult i64 %size, %b
  br i1 %second, label %trap, label %last
last:
  %third = icmp ugt i64 %b, %size
  %result = zext i1 %third to i32
  ret i32 %result
trap:
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @checks(i64 %a, i64 %b, i64 %size) {
;   %first = icmp ule i64 %a, %size
;   br i1 %first, label %next, label %trap
;
; next:
;   %second = icmp uge i64 %size, %b
;   br i1 %second, label %last, label %trap
;
; last:
;   %third = icmp ugt i64 %b, %size
;   %result = zext i1 %third to i32
;   ret i32 %result
;
; trap:
;   unreachable
; }
