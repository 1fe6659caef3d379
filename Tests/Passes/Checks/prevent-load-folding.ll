; Of a load that may fault, an instruction must not read less: a choice of lanes, or a conditional move that makes a
; branch around it. Frozen, the load is an instruction of its own. An addition needs all of it and may have it for an
; operand.
;
; passes: wasmc-prevent-load-folding

define i32 @chosen(ptr %p, i1 %c, i32 %other) {
  %x = load volatile i32, ptr %p, align 1
  %y = select i1 %c, i32 %x, i32 %other
  ret i32 %y
}

define <2 x i64> @half(ptr %p) {
  %x = load volatile <4 x i32>, ptr %p, align 1
  %low = shufflevector <4 x i32> %x, <4 x i32> poison, <2 x i32> <i32 0, i32 1>
  %y = zext <2 x i32> %low to <2 x i64>
  ret <2 x i64> %y
}

define i32 @whole(ptr %p, i32 %other) {
  %x = load volatile i32, ptr %p, align 1
  %y = add i32 %x, %other
  ret i32 %y
}
; ---- by LLVM 22.1.8
; define i32 @chosen(ptr %p, i1 %c, i32 %other) {
;   %x = load volatile i32, ptr %p, align 1
;   %1 = freeze i32 %x
;   %y = select i1 %c, i32 %1, i32 %other
;   ret i32 %y
; }
;
; define <2 x i64> @half(ptr %p) {
;   %x = load volatile <4 x i32>, ptr %p, align 1
;   %1 = freeze <4 x i32> %x
;   %low = shufflevector <4 x i32> %1, <4 x i32> poison, <2 x i32> <i32 0, i32 1>
;   %y = zext <2 x i32> %low to <2 x i64>
;   ret <2 x i64> %y
; }
;
; define i32 @whole(ptr %p, i32 %other) {
;   %x = load volatile i32, ptr %p, align 1
;   %y = add i32 %x, %other
;   ret i32 %y
; }
