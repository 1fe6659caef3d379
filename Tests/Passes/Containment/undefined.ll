; A number that is undefined on one way is zero there, since no proof holds for whatever a register has; one that is
; undefined in any case is, too. A way that nothing is said to lead to ends the call, unless it is what is left of a
; choice whose cases are all that there can be.
;
; passes: wasmc-contain

define i32 @wasm_function_0(ptr %instance, i32 %x, i1 %c) {
entry:
  %place = getelementptr i8, ptr %instance, i64 72
  %base = load ptr, ptr %place, align 8
  %wide = zext i32 %x to i64
  br i1 %c, label %one, label %both
one:
  br label %both
both:
  %index = phi i64 [ poison, %entry ], [ %wide, %one ]
  %sum = add i64 %index, undef
  %address = getelementptr i8, ptr %base, i64 %sum
  %value = load i32, ptr %address, align 1
  ret i32 %value
}

define i32 @wasm_function_1(ptr %instance, i32 %x) {
entry:
  %low = and i32 %x, 1
  switch i32 %low, label %never [ i32 0, label %a
                                  i32 1, label %b ]
never:
  unreachable
a:
  switch i32 %x, label %unproven [ i32 0, label %b
                                   i32 2, label %c ]
unproven:
  unreachable
b:
  ret i32 1
c:
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i32 %x, i1 %c) {
; entry:
;   %place = getelementptr i8, ptr %instance, i64 72
;   %base = load ptr, ptr %place, align 8
;   %wide = zext i32 %x to i64
;   br i1 %c, label %one, label %both
;
; one:
;   br label %both
;
; both:
;   %index = phi i64 [ 0, %entry ], [ %wide, %one ]
;   %sum = add i64 %index, 0
;   %address = getelementptr i8, ptr %base, i64 %sum
;   %value = load i32, ptr %address, align 1
;   ret i32 %value
; }
;
; define i32 @wasm_function_1(ptr %instance, i32 %x) {
; entry:
;   %low = and i32 %x, 1
;   switch i32 %low, label %never [
;     i32 0, label %a
;     i32 1, label %b
;   ]
;
; never:
;   unreachable
;
; a:
;   switch i32 %x, label %unproven [
;     i32 0, label %b
;     i32 2, label %c
;   ]
;
; unproven:
;   call void @wasm_escape(ptr %instance)
;   unreachable
;
; b:
;   ret i32 1
;
; c:
;   call void @wasm_escape(ptr %instance)
;   unreachable
; }
;
; define internal void @wasm_escape(ptr %0) {
;   %2 = getelementptr i8, ptr %0, i64 16
;   %3 = load ptr, ptr %2, align 8
;   %4 = getelementptr i8, ptr %3, i64 0
;   %5 = load ptr, ptr %4, align 8
;   call void %5(ptr %0, i32 15)
;   ret void
; }
