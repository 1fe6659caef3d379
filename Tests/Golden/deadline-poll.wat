;; A loop that may run for ever reads in each iteration whether somebody asks for anything: one comparison with memory.
;;
;; options: O2 guarded interruptible
;; shows: optimized-ir assembly

(module
  (memory 1)
  (func (export "walk") (param $node i32)
    (loop $again
      (br_if $again (local.tee $node (i32.load (local.get $node)))))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden void @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1) {
;;   %3 = zext i32 %1 to i64
;;   %4 = getelementptr i8, ptr %0, i64 112
;;   %5 = load ptr, ptr %4, align 8
;;   %6 = load ptr, ptr %0, align 8
;;   %7 = getelementptr i8, ptr %6, i64 8
;;   br label %8
;;
;; 8:
;;   %9 = phi i64 [ %3, %2 ], [ %15, %12 ]
;;   %10 = load volatile i32, ptr %7, align 4
;;   %11 = icmp eq i32 %10, 0
;;   br i1 %11, label %12, label %17  ; line 39
;;
;; 12:
;;   %13 = getelementptr i8, ptr %5, i64 %9
;;   %14 = load volatile i32, ptr %13, align 1  ; line 43
;;   %15 = zext i32 %14 to i64
;;   %.not = icmp eq i32 %14, 0
;;   br i1 %.not, label %16, label %8
;;
;; 16:
;;   ret void
;;
;; 17:
;;   %18 = call preserve_allcc i1 @wasm_may_go_on(ptr %0)
;;   br i1 %18, label %12, label %trap4  ; line 39
;;
;; trap4:
;;   call void @wasm_trap_4(ptr nonnull %0)  ; line 39
;;   unreachable  ; line 39
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 43
;;   unreachable  ; line 43
;; }
;;
;; assembly:
;; wasm_function_0:
;;     pushq %rax
;;     movl %esi, %ecx
;;     movq (%rdi), %rdx
;;     movq 112(%rdi), %rsi
;; .LBB3_1:
;;     cmpl $0, 8(%rdx)
;;     jne .LBB3_4
;; .LBB3_2:
;;     movl (%rsi,%rcx), %ecx
;;     testq %rcx, %rcx
;;     jne .LBB3_1
;;     jmp .LBB3_3
;; .LBB3_4:
;;     callq wasm_may_go_on
;;     testb $1, %al
;;     jne .LBB3_2
;;     callq wasm_trap_4
;; .LBB3_3:
;;     popq %rax
;;     retq
