; Lowering hid both operands, or LLVM would have replaced x * 1 by x, which may be a signalling NaN. Now x is put back,
; and the one is read from where LLVM cannot know it. What is no unit stays a constant.
;
; passes: wasmc-reveal-operands

declare float @wasmc.operand.f32(float) nounwind willreturn memory(none)

define float @times.one(float %x) {
  %p = call float @wasmc.operand.f32(float %x)
  %q = call float @wasmc.operand.f32(float 1.0)
  %y = fmul float %p, %q
  ret float %y
}

define float @times.three(float %x) {
  %p = call float @wasmc.operand.f32(float %x)
  %q = call float @wasmc.operand.f32(float 3.0)
  %y = fmul float %p, %q
  ret float %y
}
; ---- by LLVM 22.1.8
; define float @times.one(float %x) {
;   %1 = load float, ptr @"wasmc.hidden float 1.000000e+00", align 4
;   %y = fmul float %x, %1
;   ret float %y
; }
;
; define float @times.three(float %x) {
;   %y = fmul float %x, 3.000000e+00
;   ret float %y
; }
