; A product of 16-bit values, of which a part above the upper half is wanted: in 32 bits LLVM 22 keeps its sign.
;
; passes: wasmc-high-products

define <8 x i16> @part(<8 x i16> %a, <8 x i16> %b) {
  %x = sext <8 x i16> %a to <8 x i64>
  %y = sext <8 x i16> %b to <8 x i64>
  %p = mul <8 x i64> %x, %y
  %s = lshr <8 x i64> %p, splat (i64 29)
  %r = trunc <8 x i64> %s to <8 x i16>
  ret <8 x i16> %r
}
; ---- by LLVM 22.1.8
; define <8 x i16> @part(<8 x i16> %a, <8 x i16> %b) {
;   %x = sext <8 x i16> %a to <8 x i64>
;   %y = sext <8 x i16> %b to <8 x i64>
;   %p = mul <8 x i64> %x, %y
;   %s = lshr <8 x i64> %p, splat (i64 29)
;   %1 = trunc <8 x i64> %x to <8 x i32>
;   %2 = trunc <8 x i64> %y to <8 x i32>
;   %3 = mul <8 x i32> %1, %2
;   %4 = ashr <8 x i32> %3, splat (i32 29)
;   %5 = trunc <8 x i32> %4 to <8 x i16>
;   ret <8 x i16> %5
; }
