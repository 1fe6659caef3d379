;; Each basic block takes its fuel at once from a count that a register holds, which is written back where somebody
;; could read it.
;;
;; options: O2 guarded metered
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
;;   %4 = getelementptr i8, ptr %0, i64 88
;;   %5 = load i64, ptr %4, align 8
;;   %6 = getelementptr i8, ptr %0, i64 112
;;   %7 = load ptr, ptr %6, align 8
;;   %8 = add i64 %5, -1
;;   %9 = icmp sge i64 %8, 0
;;   br i1 %9, label %.preheader.preheader, label %26  ; line 39
;;
;; .preheader.preheader:
;;   br label %.preheader  ; line 39
;;
;; .preheader:
;;   %fuel.1 = phi i64 [ %11, %13 ], [ %8, %.preheader.preheader ]
;;   %10 = phi i64 [ %16, %13 ], [ %3, %.preheader.preheader ]
;;   %11 = add i64 %fuel.1, -4
;;   %12 = icmp sge i64 %11, 0
;;   br i1 %12, label %13, label %trap3.loopexit  ; line 39
;;
;; 13:
;;   store volatile i64 %11, ptr %4, align 8
;;   %14 = getelementptr i8, ptr %7, i64 %10
;;   %15 = load volatile i32, ptr %14, align 1  ; line 43
;;   %16 = zext i32 %15 to i64
;;   %.not = icmp eq i32 %15, 0
;;   br i1 %.not, label %17, label %.preheader
;;
;; 17:
;;   %fuel.1.lcssa12 = phi i64 [ %fuel.1, %13 ]
;;   %18 = add i64 %fuel.1.lcssa12, -5
;;   %19 = icmp sge i64 %18, 0
;;   br i1 %19, label %20, label %25  ; line 48
;;
;; 20:
;;   %21 = add i64 %fuel.1.lcssa12, -6
;;   %22 = icmp sge i64 %21, 0
;;   br i1 %22, label %23, label %24  ; line 50
;;
;; 23:
;;   store i64 %21, ptr %4, align 8
;;   ret void
;;
;; trap3.loopexit:
;;   %.lcssa = phi i64 [ %11, %.preheader ]
;;   br label %trap3
;;
;; trap3:
;;   %fuel.0 = phi i64 [ %.lcssa, %trap3.loopexit ]
;;   store i64 %fuel.0, ptr %4, align 8
;;   call void @wasm_trap_3(ptr nonnull %0)  ; line 0
;;   unreachable  ; line 39
;;
;; trap17:
;;   store i64 0, ptr %4, align 8
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 43
;;   unreachable  ; line 43
;;
;; 24:
;;   store i64 %21, ptr %4, align 8  ; line 50
;;   call void @wasm_trap_3(ptr nonnull %0)  ; line 50
;;   unreachable  ; line 50
;;
;; 25:
;;   store i64 %18, ptr %4, align 8  ; line 48
;;   call void @wasm_trap_3(ptr nonnull %0)  ; line 48
;;   unreachable  ; line 48
;;
;; 26:
;;   store i64 %8, ptr %4, align 8  ; line 39
;;   call void @wasm_trap_3(ptr nonnull %0)  ; line 39
;;   unreachable  ; line 39
;; }
;;
;; assembly:
;; wasm_function_0:
;;     pushq %rax
;;     movq 88(%rdi), %rax
;;     movq %rax, %rcx
;;     decq %rcx
;;     js .LBB3_10
;;     movl %esi, %ecx
;;     movq 112(%rdi), %rdx
;;     addq $3, %rax
;; .LBB3_2:
;;     movq %rax, %rsi
;;     addq $-8, %rsi
;;     js .LBB3_7
;;     movq %rsi, 88(%rdi)
;;     movl (%rdx,%rcx), %ecx
;;     addq $-4, %rax
;;     testq %rcx, %rcx
;;     jne .LBB3_2
;;     movq %rax, %rcx
;;     addq $-5, %rcx
;;     js .LBB3_9
;;     addq $-6, %rax
;;     js .LBB3_8
;;     movq %rax, 88(%rdi)
;;     popq %rax
;;     retq
;; .LBB3_7:
;;     movq %rsi, 88(%rdi)
;;     callq wasm_trap_3
;; .LBB3_10:
;;     movq %rcx, 88(%rdi)
;;     callq wasm_trap_3
;; .LBB3_9:
;;     movq %rcx, 88(%rdi)
;;     callq wasm_trap_3
;; .LBB3_8:
;;     movq %rax, 88(%rdi)
;;     callq wasm_trap_3
