; Four sums of neighbours become one of vectors. The same with integers is left alone.
;
; passes: wasmc-vectorize-floats

define void @floats(ptr noalias %a, ptr noalias %b) {
  %a1 = getelementptr i8, ptr %a, i64 4
  %a2 = getelementptr i8, ptr %a, i64 8
  %a3 = getelementptr i8, ptr %a, i64 12
  %b1 = getelementptr i8, ptr %b, i64 4
  %b2 = getelementptr i8, ptr %b, i64 8
  %b3 = getelementptr i8, ptr %b, i64 12
  %x0 = load float, ptr %a, align 4
  %x1 = load float, ptr %a1, align 4
  %x2 = load float, ptr %a2, align 4
  %x3 = load float, ptr %a3, align 4
  %y0 = fadd float %x0, %x0
  %y1 = fadd float %x1, %x1
  %y2 = fadd float %x2, %x2
  %y3 = fadd float %x3, %x3
  store float %y0, ptr %b, align 4
  store float %y1, ptr %b1, align 4
  store float %y2, ptr %b2, align 4
  store float %y3, ptr %b3, align 4
  ret void
}

define void @integers(ptr noalias %a, ptr noalias %b) {
  %a1 = getelementptr i8, ptr %a, i64 4
  %b1 = getelementptr i8, ptr %b, i64 4
  %x0 = load i32, ptr %a, align 4
  %x1 = load i32, ptr %a1, align 4
  store i32 %x0, ptr %b, align 4
  store i32 %x1, ptr %b1, align 4
  ret void
}
; ---- by LLVM 22.1.8
; define void @floats(ptr noalias %a, ptr noalias %b) {
;   %1 = load <4 x float>, ptr %a, align 4
;   %2 = fadd <4 x float> %1, %1
;   store <4 x float> %2, ptr %b, align 4
;   ret void
; }
;
; define void @integers(ptr noalias %a, ptr noalias %b) {
;   %a1 = getelementptr i8, ptr %a, i64 4
;   %b1 = getelementptr i8, ptr %b, i64 4
;   %x0 = load i32, ptr %a, align 4
;   %x1 = load i32, ptr %a1, align 4
;   store i32 %x0, ptr %b, align 4
;   store i32 %x1, ptr %b1, align 4
;   ret void
; }
