;; Without guard pages: one comparison with the memory's size, and a jump that is never taken.
;;
;; options: O2 checked
;; shows: optimized-ir assembly

(module
  (memory 1)
  (func (export "load") (param $p i32) (result i32)
    (i32.load offset=16 (local.get $p))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden i32 @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1) {
;;   %3 = getelementptr i8, ptr %0, i64 104
;;   %4 = load ptr, ptr %3, align 8
;;   %5 = load ptr, ptr %4, align 8
;;   %6 = getelementptr i8, ptr %4, i64 8
;;   %7 = load i64, ptr %6, align 8
;;   %8 = zext i32 %1 to i64
;;   %9 = add i64 %8, 20
;;   %.not = icmp ugt i64 %9, %7
;;   br i1 %.not, label %trap17, label %10  ; line 42
;;
;; 10:
;;   %11 = getelementptr i8, ptr %5, i64 %8
;;   %12 = getelementptr i8, ptr %11, i64 16
;;   %13 = load i32, ptr %12, align 1  ; line 42
;;   ret i32 %13
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 42
;;   unreachable  ; line 42
;; }
;;
;; assembly:
;; wasm_function_0:
;;     movq 104(%rdi), %rcx
;;     movl %esi, %eax
;;     leaq 20(%rax), %rdx
;;     cmpq 8(%rcx), %rdx
;;     ja .LBB3_2
;;     movq (%rcx), %rcx
;;     movl 16(%rcx,%rax), %eax
;;     retq
;; .LBB3_2:
;;     pushq %rax
;;     callq wasm_trap_17
