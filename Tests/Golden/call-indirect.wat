;; Others may write to the table. The index is compared with the table's size, the element with null, and its type with
;; the one that is called; then the call, with the element's own instance.
;;
;; options: O2 guarded
;; shows: optimized-ir assembly

(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") 8 funcref)
  (func (export "apply") (param $x i32) (param $function i32) (result i32)
    (call_indirect (type $unary) (local.get $x) (local.get $function))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden i32 @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1, i32 %2) {
;;   %4 = call i64 @llvm.read_register.i64(metadata !3)
;;   %5 = load ptr, ptr %0, align 8
;;   %6 = load i64, ptr %5, align 8
;;   %7 = icmp ult i64 %4, %6
;;   br i1 %7, label %30, label %8
;;
;; 8:
;;   %9 = zext i32 %2 to i64
;;   %10 = getelementptr i8, ptr %0, i64 104
;;   %11 = load ptr, ptr %10, align 8
;;   %12 = getelementptr i8, ptr %11, i64 8
;;   %13 = load i64, ptr %12, align 8
;;   %.not = icmp ugt i64 %13, %9
;;   br i1 %.not, label %14, label %trap19  ; line 60
;;
;; 14:
;;   %15 = load ptr, ptr %11, align 8
;;   %16 = getelementptr i64, ptr %15, i64 %9
;;   %17 = load ptr, ptr %16, align 8
;;   %18 = icmp eq ptr %17, null
;;   br i1 %18, label %trap20, label %19  ; line 60
;;
;; 19:
;;   %20 = getelementptr i8, ptr %0, i64 16
;;   %21 = load ptr, ptr %20, align 8
;;   %22 = load i32, ptr %21, align 4
;;   %23 = getelementptr i8, ptr %17, i64 24
;;   %24 = load i32, ptr %23, align 4
;;   %.not1 = icmp eq i32 %24, %22
;;   br i1 %.not1, label %25, label %trap21  ; line 60
;;
;; 25:
;;   %26 = load ptr, ptr %17, align 8  ; line 60
;;   %27 = getelementptr i8, ptr %17, i64 8  ; line 60
;;   %28 = load ptr, ptr %27, align 8  ; line 60
;;   %29 = call i32 %26(ptr %28, i32 %1)  ; line 60
;;   ret i32 %29
;;
;; trap19:
;;   call void @wasm_trap_19(ptr nonnull %0)  ; line 60
;;   unreachable  ; line 60
;;
;; trap20:
;;   call void @wasm_trap_20(ptr nonnull %0)  ; line 60
;;   unreachable  ; line 60
;;
;; trap21:
;;   call void @wasm_trap_21(ptr nonnull %0)  ; line 60
;;   unreachable  ; line 60
;;
;; 30:
;;   %31 = getelementptr i8, ptr %0, i64 8  ; line 56
;;   %32 = load ptr, ptr %31, align 8  ; line 56
;;   %33 = getelementptr i8, ptr %32, i64 88  ; line 56
;;   %34 = load ptr, ptr %33, align 8  ; line 56
;;   call void %34(ptr nonnull %0, i64 0)  ; line 56
;;   br label %8
;; }
;;
;; assembly:
;; wasm_function_0:
;;     pushq %rbp
;;     pushq %r14
;;     pushq %rbx
;;     movq (%rdi), %rax
;;     cmpq (%rax), %rsp
;;     jb .LBB5_8
;;     movl %edx, %eax
;;     movq 104(%rdi), %rcx
;;     cmpq %rax, 8(%rcx)
;;     jbe .LBB5_5
;; .LBB5_2:
;;     movq (%rcx), %rcx
;;     movq (%rcx,%rax,8), %rax
;;     testq %rax, %rax
;;     je .LBB5_6
;;     movq 16(%rdi), %rcx
;;     movl 24(%rax), %edx
;;     cmpl (%rcx), %edx
;;     jne .LBB5_7
;;     movq 8(%rax), %rdi
;;     callq *(%rax)
;;     popq %rbx
;;     popq %r14
;;     popq %rbp
;;     retq
;; .LBB5_8:
;;     movq 8(%rdi), %rax
;;     movq %rdi, %rbx
;;     movl %esi, %ebp
;;     xorl %esi, %esi
;;     movl %edx, %r14d
;;     callq *88(%rax)
;;     movl %r14d, %edx
;;     movl %ebp, %esi
;;     movq %rbx, %rdi
;;     movl %edx, %eax
;;     movq 104(%rdi), %rcx
;;     cmpq %rax, 8(%rcx)
;;     ja .LBB5_2
;; .LBB5_5:
;;     callq wasm_trap_19
;; .LBB5_6:
;;     callq wasm_trap_20
;; .LBB5_7:
;;     callq wasm_trap_21
