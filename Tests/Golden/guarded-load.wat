;; With guard pages behind the memory a load is one instruction: no comparison, the index without its upper half.
;;
;; options: O2 guarded
;; shows: optimized-ir assembly

(module
  (memory 1)
  (func (export "load") (param $p i32) (result i32)
    (i32.load offset=16 (local.get $p))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden i32 @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1) {
;;   %3 = getelementptr i8, ptr %0, i64 112
;;   %4 = load ptr, ptr %3, align 8
;;   %5 = zext i32 %1 to i64
;;   %6 = getelementptr i8, ptr %4, i64 %5
;;   %7 = getelementptr i8, ptr %6, i64 16
;;   %8 = load volatile i32, ptr %7, align 1  ; line 42
;;   ret i32 %8  ; line 42
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 42
;;   unreachable  ; line 42
;; }
;;
;; assembly:
;; wasm_function_0:
;;     movq 112(%rdi), %rax
;;     movl %esi, %ecx
;;     movl 16(%rax,%rcx), %eax
;;     retq
