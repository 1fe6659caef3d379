; A comparison on entry does for those of inlined functions, in a loop, too (0). One that is not in the entry block
; removes no other (1), and one that takes a frame's size off stays (2).
;
; passes: wasmc-repeated-stack-checks,simplifycfg

declare i64 @llvm.read_register.i64(metadata)
declare i64 @llvm.usub.sat.i64(i64, i64)
declare void @overflow(ptr, i64)

define i32 @wasm_function_0(ptr %instance, ptr %p, i32 %count) {
  %sp = call i64 @llvm.read_register.i64(metadata !0)
  %limit = load i64, ptr %instance, align 8
  %over = icmp ult i64 %sp, %limit
  br i1 %over, label %fail, label %head
fail:
  call void @overflow(ptr %instance, i64 0)
  br label %head
head:
  %i = phi i32 [0, %0], [0, %fail], [%next, %body]
  %sp2 = call i64 @llvm.read_register.i64(metadata !0)
  %limit2 = load i64, ptr %instance, align 8
  %over2 = icmp ugt i64 %limit2, %sp2
  br i1 %over2, label %fail2, label %body
fail2:
  call void @overflow(ptr %instance, i64 0)
  br label %body
body:
  %next = add i32 %i, 1
  store volatile i32 %i, ptr %p, align 4
  %more = icmp ult i32 %next, %count
  br i1 %more, label %head, label %end
end:
  ret i32 %next
}

define void @wasm_function_1(ptr %instance, ptr %p, i1 %calls) {
  br i1 %calls, label %first, label %second
first:
  %sp = call i64 @llvm.read_register.i64(metadata !0)
  %limit = load i64, ptr %instance, align 8
  %over = icmp ult i64 %sp, %limit
  br i1 %over, label %fail, label %second
fail:
  call void @overflow(ptr %instance, i64 0)
  br label %second
second:
  store volatile i32 1, ptr %p, align 4
  %sp2 = call i64 @llvm.read_register.i64(metadata !0)
  %limit2 = load i64, ptr %instance, align 8
  %over2 = icmp ult i64 %sp2, %limit2
  br i1 %over2, label %fail2, label %end
fail2:
  call void @overflow(ptr %instance, i64 0)
  br label %end
end:
  ret void
}

define void @wasm_function_2(ptr %instance, ptr %p) {
  %sp = call i64 @llvm.read_register.i64(metadata !0)
  %limit = load i64, ptr %instance, align 8
  %over = icmp ult i64 %sp, %limit
  br i1 %over, label %fail, label %next
fail:
  call void @overflow(ptr %instance, i64 0)
  br label %next
next:
  store volatile i32 1, ptr %p, align 4
  %sp2 = call i64 @llvm.read_register.i64(metadata !0)
  %rest = call i64 @llvm.usub.sat.i64(i64 %sp2, i64 100000)
  %limit2 = load i64, ptr %instance, align 8
  %over2 = icmp ult i64 %rest, %limit2
  br i1 %over2, label %fail2, label %end
fail2:
  call void @overflow(ptr %instance, i64 100000)
  br label %end
end:
  ret void
}

!0 = !{!"rsp"}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, ptr %p, i32 %count) {
;   %sp = call i64 @llvm.read_register.i64(metadata !0)
;   %limit = load i64, ptr %instance, align 8
;   %over = icmp ult i64 %sp, %limit
;   br i1 %over, label %fail, label %head
;
; fail:
;   call void @overflow(ptr %instance, i64 0)
;   br label %head
;
; head:
;   %i = phi i32 [ 0, %0 ], [ 0, %fail ], [ %next, %head ]
;   %next = add i32 %i, 1
;   store volatile i32 %i, ptr %p, align 4
;   %more = icmp ult i32 %next, %count
;   br i1 %more, label %head, label %end
;
; end:
;   ret i32 %next
; }
;
; define void @wasm_function_1(ptr %instance, ptr %p, i1 %calls) {
;   br i1 %calls, label %first, label %second
;
; first:
;   %sp = call i64 @llvm.read_register.i64(metadata !0)
;   %limit = load i64, ptr %instance, align 8
;   %over = icmp ult i64 %sp, %limit
;   br i1 %over, label %fail, label %second
;
; fail:
;   call void @overflow(ptr %instance, i64 0)
;   br label %second
;
; second:
;   store volatile i32 1, ptr %p, align 4
;   %sp2 = call i64 @llvm.read_register.i64(metadata !0)
;   %limit2 = load i64, ptr %instance, align 8
;   %over2 = icmp ult i64 %sp2, %limit2
;   br i1 %over2, label %fail2, label %end
;
; fail2:
;   call void @overflow(ptr %instance, i64 0)
;   br label %end
;
; end:
;   ret void
; }
;
; define void @wasm_function_2(ptr %instance, ptr %p) {
;   %sp = call i64 @llvm.read_register.i64(metadata !0)
;   %limit = load i64, ptr %instance, align 8
;   %over = icmp ult i64 %sp, %limit
;   br i1 %over, label %fail, label %next
;
; fail:
;   call void @overflow(ptr %instance, i64 0)
;   br label %next
;
; next:
;   store volatile i32 1, ptr %p, align 4
;   %sp2 = call i64 @llvm.read_register.i64(metadata !0)
;   %rest = call i64 @llvm.usub.sat.i64(i64 %sp2, i64 100000)
;   %limit2 = load i64, ptr %instance, align 8
;   %over2 = icmp ult i64 %rest, %limit2
;   br i1 %over2, label %fail2, label %end
;
; fail2:
;   call void @overflow(ptr %instance, i64 100000)
;   br label %end
;
; end:
;   ret void
; }
