; A memory's base that passes through several phis is the base: its accesses need no mask. A pointer that is one of two
; is not.
;
; passes: wasmc-contain

define i32 @wasm_function_0(ptr %instance, i32 %p, i1 %c, i1 %d) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %index = zext i32 %p to i64
  br label %loop
loop:
  %outer = phi ptr [ %base, %entry ], [ %joined, %join ]
  br i1 %c, label %other, label %join
other:
  %inner = phi ptr [ %outer, %loop ], [ %inner, %other ]
  br i1 %d, label %other, label %join
join:
  %joined = phi ptr [ %outer, %loop ], [ %inner, %other ]
  %address = getelementptr i8, ptr %joined, i64 %index
  %a = load i32, ptr %address, align 1
  %again = icmp eq i32 %a, 0
  br i1 %again, label %loop, label %done
done:
  ret i32 %a
}

define i32 @wasm_function_1(ptr %instance, i32 %p, i32 %q, i1 %c) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %first = zext i32 %p to i64
  %second = zext i32 %q to i64
  %a = getelementptr i8, ptr %base, i64 %first
  br i1 %c, label %other, label %join
other:
  %b = getelementptr i8, ptr %base, i64 %second
  br label %join
join:
  %one = phi ptr [ %a, %entry ], [ %b, %other ]
  %value = load i32, ptr %one, align 1
  ret i32 %value
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i32 %p, i1 %c, i1 %d) {
; entry:
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %index = zext i32 %p to i64
;   br label %loop
;
; loop:
;   br i1 %c, label %other, label %join
;
; other:
;   br i1 %d, label %other, label %join
;
; join:
;   %address = getelementptr i8, ptr %base, i64 %index
;   %a = load i32, ptr %address, align 1
;   %again = icmp eq i32 %a, 0
;   br i1 %again, label %loop, label %done
;
; done:
;   ret i32 %a
; }
;
; define i32 @wasm_function_1(ptr %instance, i32 %p, i32 %q, i1 %c) {
; entry:
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %first = zext i32 %p to i64
;   %second = zext i32 %q to i64
;   %a = getelementptr i8, ptr %base, i64 %first
;   br i1 %c, label %other, label %join
;
; other:
;   %b = getelementptr i8, ptr %base, i64 %second
;   br label %join
;
; join:
;   %one = phi ptr [ %a, %entry ], [ %b, %other ]
;   %0 = getelementptr i8, ptr %instance, i64 72
;   %1 = load ptr, ptr %0, align 8
;   %2 = ptrtoint ptr %1 to i64
;   %3 = ptrtoint ptr %one to i64
;   %4 = sub i64 %3, %2
;   %5 = and i64 %4, 8589934591
;   %6 = getelementptr i8, ptr %1, i64 %5
;   %value = load i32, ptr %6, align 1
;   ret i32 %value
; }
