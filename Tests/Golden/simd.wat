;; Vector instructions are the machine's. Of the two loads the one that faults first, if any does, is an instruction of
;; its own; the other one is an operand.
;;
;; options: O2 guarded
;; shows: optimized-ir assembly

(module
  (memory 1)
  (func (export "mix") (param $p i32) (param $lanes v128) (result v128)
    (i8x16.swizzle
      (i32x4.add (v128.load (local.get $p)) (v128.load offset=16 (local.get $p)))
      (local.get $lanes))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden <16 x i8> @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1, <16 x i8> %2) {
;;   %4 = getelementptr i8, ptr %0, i64 112
;;   %5 = load ptr, ptr %4, align 8
;;   %6 = zext i32 %1 to i64
;;   %7 = getelementptr i8, ptr %5, i64 %6
;;   %8 = load <4 x i32>, ptr %7, align 1  ; line 42
;;   %9 = getelementptr i8, ptr %7, i64 16
;;   %10 = load volatile <4 x i32>, ptr %9, align 1  ; line 48
;;   %11 = freeze <4 x i32> %10  ; line 48
;;   %12 = add <4 x i32> %8, %11
;;   %13 = bitcast <4 x i32> %12 to <16 x i8>
;;   %14 = call <16 x i8> @llvm.uadd.sat.v16i8(<16 x i8> %2, <16 x i8> splat (i8 112))
;;   %15 = call <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8> %13, <16 x i8> %14)
;;   ret <16 x i8> %15
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 0
;;   unreachable  ; line 42
;; }
;;
;; assembly:
;; wasm_function_0:
;;     movq 112(%rdi), %rax
;;     movl %esi, %ecx
;;     vmovdqu 16(%rax,%rcx), %xmm1
;;     vpaddd (%rax,%rcx), %xmm1, %xmm1
;;     vpaddusb .LCPI3_0(%rip), %xmm0, %xmm0
;;     vpshufb %xmm0, %xmm1, %xmm0
;;     retq
