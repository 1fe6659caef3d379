;; `memory.copy` compares both ends with the memory's size and then calls the C library; lengths have no upper half.
;;
;; options: O2 guarded
;; shows: optimized-ir assembly

(module
  (memory 1)
  (func (export "copy") (param $to i32) (param $from i32) (param $count i32)
    (memory.copy (local.get $to) (local.get $from) (local.get $count))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden void @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(160) %0, i32 %1, i32 %2, i32 %3) {
;;   %5 = getelementptr i8, ptr %0, i64 104
;;   %6 = load ptr, ptr %5, align 8
;;   %7 = getelementptr i8, ptr %0, i64 112
;;   %8 = load ptr, ptr %7, align 8
;;   %9 = getelementptr i8, ptr %6, i64 8
;;   %10 = load i64, ptr %9, align 8
;;   %11 = call i64 @llvm.read_register.i64(metadata !6)
;;   %12 = load ptr, ptr %0, align 8
;;   %13 = load i64, ptr %12, align 8
;;   %14 = icmp ult i64 %11, %13
;;   br i1 %14, label %27, label %15
;;
;; 15:
;;   %16 = zext i32 %3 to i64
;;   %17 = zext i32 %2 to i64
;;   %18 = zext i32 %1 to i64
;;   %19 = add i64 %17, %16
;;   %20 = icmp ule i64 %19, %10
;;   br i1 %20, label %21, label %trap17  ; line 47
;;
;; 21:
;;   %22 = getelementptr i8, ptr %8, i64 %17
;;   %23 = add i64 %18, %16
;;   %24 = icmp ule i64 %23, %10
;;   br i1 %24, label %25, label %trap17  ; line 47
;;
;; 25:
;;   %26 = getelementptr i8, ptr %8, i64 %18
;;   call void @llvm.memmove.p0.p0.i64(ptr align 1 %26, ptr align 1 %22, i64 %16, i1 false)  ; line 47
;;   ret void
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 47
;;   unreachable  ; line 47
;;
;; 27:
;;   %28 = getelementptr i8, ptr %0, i64 8  ; line 41
;;   %29 = load ptr, ptr %28, align 8  ; line 41
;;   %30 = getelementptr i8, ptr %29, i64 88  ; line 41
;;   %31 = load ptr, ptr %30, align 8  ; line 41
;;   call void %31(ptr nonnull %0, i64 0)  ; line 41
;;   br label %15
;; }
;;
;; assembly:
;; wasm_function_0:
;;     pushq %rbp
;;     pushq %r15
;;     pushq %r14
;;     pushq %r12
;;     pushq %rbx
;;     movl %edx, %ebx
;;     movq 104(%rdi), %rax
;;     movq 8(%rax), %r15
;;     movq (%rdi), %rax
;;     cmpq (%rax), %rsp
;;     jb .LBB3_4
;; .LBB3_1:
;;     movl %ecx, %edx
;;     movl %ebx, %eax
;;     leaq (%rax,%rdx), %rcx
;;     cmpq %r15, %rcx
;;     ja .LBB3_3
;;     movl %esi, %ecx
;;     leaq (%rcx,%rdx), %rsi
;;     cmpq %r15, %rsi
;;     ja .LBB3_3
;;     movq 112(%rdi), %rsi
;;     addq %rsi, %rax
;;     addq %rsi, %rcx
;;     movq %rcx, %rdi
;;     movq %rax, %rsi
;;     callq memmove@PLT
;;     popq %rbx
;;     popq %r12
;;     popq %r14
;;     popq %r15
;;     popq %rbp
;;     retq
;; .LBB3_4:
;;     movq 8(%rdi), %rax
;;     movq %rdi, %r14
;;     movl %esi, %ebp
;;     xorl %esi, %esi
;;     movl %ecx, %r12d
;;     callq *88(%rax)
;;     movl %r12d, %ecx
;;     movl %ebp, %esi
;;     movq %r14, %rdi
;;     jmp .LBB3_1
;; .LBB3_3:
;;     callq wasm_trap_17
