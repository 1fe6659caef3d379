;; An imported function: its code and its instance are loaded from the caller's instance. The host may grow the memory;
;; a memory with guard pages stays where it is, so that its base is kept in a register.
;;
;; options: O2 guarded
;; shows: optimized-ir assembly

(module
  (import "host" "log" (func $log (param i32)))
  (memory 1)
  (func (export "twice") (param $p i32)
    (call $log (i32.load (local.get $p)))
    (call $log (i32.load (local.get $p)))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden void @wasm_function_1(ptr noundef nonnull align 8 dereferenceable(208) %0, i32 %1) {
;;   %3 = getelementptr i8, ptr %0, i64 112
;;   %4 = load ptr, ptr %3, align 8
;;   %5 = call i64 @llvm.read_register.i64(metadata !3)
;;   %6 = load ptr, ptr %0, align 8
;;   %7 = load i64, ptr %6, align 8
;;   %8 = icmp ult i64 %5, %7
;;   br i1 %8, label %18, label %9
;;
;; 9:
;;   %10 = zext i32 %1 to i64
;;   %11 = getelementptr i8, ptr %4, i64 %10
;;   %12 = load volatile i32, ptr %11, align 1  ; line 56
;;   %13 = getelementptr i8, ptr %0, i64 120  ; line 59
;;   %14 = load ptr, ptr %13, align 8  ; line 59
;;   %15 = getelementptr i8, ptr %0, i64 128  ; line 59
;;   %16 = load ptr, ptr %15, align 8  ; line 59
;;   call void %14(ptr %16, i32 %12)  ; line 59
;;   %17 = load volatile i32, ptr %11, align 1  ; line 63
;;   call void %14(ptr %16, i32 %17)  ; line 66
;;   ret void
;;
;; trap17:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 0
;;   unreachable  ; line 56
;;
;; 18:
;;   %19 = getelementptr i8, ptr %0, i64 8  ; line 54
;;   %20 = load ptr, ptr %19, align 8  ; line 54
;;   %21 = getelementptr i8, ptr %20, i64 88  ; line 54
;;   %22 = load ptr, ptr %21, align 8  ; line 54
;;   call void %22(ptr nonnull %0, i64 0)  ; line 54
;;   br label %9
;; }
;;
;; assembly:
;; wasm_function_1:
;;     pushq %rbp
;;     pushq %r15
;;     pushq %r14
;;     pushq %r12
;;     pushq %rbx
;;     movq 112(%rdi), %r14
;;     movq (%rdi), %rax
;;     cmpq (%rax), %rsp
;;     jb .LBB3_1
;; .LBB3_2:
;;     movl %esi, %r15d
;;     movl (%r14,%r15), %esi
;;     movq 120(%rdi), %r12
;;     movq 128(%rdi), %rbx
;;     movq %rbx, %rdi
;;     callq *%r12
;;     movl (%r14,%r15), %esi
;;     movq %rbx, %rdi
;;     callq *%r12
;;     popq %rbx
;;     popq %r12
;;     popq %r14
;;     popq %r15
;;     popq %rbp
;;     retq
;; .LBB3_1:
;;     movq 8(%rdi), %rax
;;     movq %rdi, %rbx
;;     movl %esi, %ebp
;;     xorl %esi, %esi
;;     callq *88(%rax)
;;     movl %ebp, %esi
;;     movq %rbx, %rdi
;;     jmp .LBB3_2
