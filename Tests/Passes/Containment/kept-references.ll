; A reference is used behind each call that may collect if an object is accessed by it behind that call: by a place that
; was calculated before (0), in a loop (1), and not where it is not needed any more (2). What is in a register of a
; vector has lanes that are references (3). Of a pointer to one of two objects, both are kept (4).
;
; passes: wasmc-keep-references

declare void @f(ptr)

define i32 @wasm_function_0(ptr %instance, i64 %reference) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %end = getelementptr i8, ptr %object, i64 4096
  call void @f(ptr %instance)
  %last = getelementptr i8, ptr %end, i64 -4
  %value = load i32, ptr %last, align 8
  call void @f(ptr %instance)
  ret i32 %value
}

define i32 @wasm_function_1(ptr %instance, i64 %reference) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  br label %loop
loop:
  %place = phi ptr [ %object, %0 ], [ %next, %loop ]
  %next = getelementptr i8, ptr %place, i64 4
  %value = load i32, ptr %next, align 4
  call void @f(ptr %instance)
  %more = icmp ne i32 %value, 0
  br i1 %more, label %loop, label %end
end:
  call void @f(ptr %instance)
  ret i32 %value
}

define void @wasm_function_2(ptr %instance, i64 %reference, i64 %other) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %header = load i32, ptr %object, align 4
  call void @f(ptr %instance)
  %low2 = and i64 %other, 4294967295
  %object2 = getelementptr i8, ptr %heap, i64 %low2
  store i32 %header, ptr %object2, align 4
  ret void
}

define i32 @wasm_function_3(ptr %instance, i64 %reference) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %fields = getelementptr i8, ptr %object, i64 4
  %both = load <2 x i32>, ptr %fields, align 4
  %wide = zext <2 x i32> %both to <2 x i64>
  %second = extractelement <2 x i64> %wide, i64 1
  %object2 = getelementptr i8, ptr %heap, i64 %second
  call void @f(ptr %instance)
  %value = load i32, ptr %object2, align 4
  ret i32 %value
}

define i32 @wasm_function_4(ptr %instance, i64 %first, i64 %second, i1 %which) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  br i1 %which, label %a, label %b
a:
  %low = and i64 %first, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %place = getelementptr i8, ptr %object, i64 8
  br label %c
b:
  %low2 = and i64 %second, 4294967295
  %object2 = getelementptr i8, ptr %heap, i64 %low2
  %place2 = getelementptr i8, ptr %object2, i64 4
  br label %c
c:
  %at = phi ptr [ %place, %a ], [ %place2, %b ]
  call void @f(ptr %instance)
  %value = load i32, ptr %at, align 4
  ret i32 %value
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i64 %reference) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %end = getelementptr i8, ptr %object, i64 4096
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %reference)
;   %last = getelementptr i8, ptr %end, i64 -4
;   %value = load i32, ptr %last, align 8
;   call void @f(ptr %instance)
;   ret i32 %value
; }
;
; define i32 @wasm_function_1(ptr %instance, i64 %reference) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   br label %loop
;
; loop:
;   %place = phi ptr [ %object, %0 ], [ %next, %loop ]
;   %next = getelementptr i8, ptr %place, i64 4
;   %value = load i32, ptr %next, align 4
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %reference)
;   %more = icmp ne i32 %value, 0
;   br i1 %more, label %loop, label %end
;
; end:
;   call void @f(ptr %instance)
;   ret i32 %value
; }
;
; define void @wasm_function_2(ptr %instance, i64 %reference, i64 %other) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %header = load i32, ptr %object, align 4
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %other)
;   %low2 = and i64 %other, 4294967295
;   %object2 = getelementptr i8, ptr %heap, i64 %low2
;   store i32 %header, ptr %object2, align 4
;   ret void
; }
;
; define i32 @wasm_function_3(ptr %instance, i64 %reference) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %fields = getelementptr i8, ptr %object, i64 4
;   %both = load <2 x i32>, ptr %fields, align 4
;   %wide = zext <2 x i32> %both to <2 x i64>
;   %second = extractelement <2 x i64> %wide, i64 1
;   %object2 = getelementptr i8, ptr %heap, i64 %second
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %second)
;   %value = load i32, ptr %object2, align 4
;   ret i32 %value
; }
;
; define i32 @wasm_function_4(ptr %instance, i64 %first, i64 %second, i1 %which) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   br i1 %which, label %a, label %b
;
; a:
;   %low = and i64 %first, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %place = getelementptr i8, ptr %object, i64 8
;   br label %c
;
; b:
;   %low2 = and i64 %second, 4294967295
;   %object2 = getelementptr i8, ptr %heap, i64 %low2
;   %place2 = getelementptr i8, ptr %object2, i64 4
;   br label %c
;
; c:
;   %at = phi ptr [ %place, %a ], [ %place2, %b ]
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %first)
;   call void asm sideeffect "", "r"(i64 %second)
;   %value = load i32, ptr %at, align 4
;   ret i32 %value
; }
