; A pointer that is the place of one object or of another becomes an offset that is one of two, and the heap's base plus
; that. A pointer that may be something else stays what it is.
;
; passes: wasmc-heap-offsets

define i32 @wasm_function_0(ptr %instance, i64 %a, i64 %b, i1 %which) {
entry:
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  br i1 %which, label %left, label %right
left:
  %low.a = and i64 %a, 4294967295
  %first = getelementptr i8, ptr %heap, i64 %low.a
  br label %join
right:
  %low.b = and i64 %b, 4294967295
  %second = getelementptr i8, ptr %heap, i64 %low.b
  br label %join
join:
  %place = phi ptr [ %first, %left ], [ %second, %right ]
  %field = getelementptr i8, ptr %place, i64 8
  %value = load i32, ptr %field, align 8
  ret i32 %value
}

define i32 @wasm_function_1(ptr %instance, i64 %a, ptr %other, i1 %which) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %a, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %place = select i1 %which, ptr %object, ptr %other
  %value = load i32, ptr %place, align 8
  ret i32 %value
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i64 %a, i64 %b, i1 %which) {
; entry:
;   %0 = getelementptr i8, ptr %instance, i64 0
;   %1 = load ptr, ptr %0, align 8
;   %2 = getelementptr i8, ptr %1, i64 48
;   %3 = load ptr, ptr %2, align 8
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   br i1 %which, label %left, label %right
;
; left:
;   %low.a = and i64 %a, 4294967295
;   %first = getelementptr i8, ptr %heap, i64 %low.a
;   br label %join
;
; right:
;   %low.b = and i64 %b, 4294967295
;   %second = getelementptr i8, ptr %heap, i64 %low.b
;   br label %join
;
; join:
;   %4 = phi i64 [ %low.a, %left ], [ %low.b, %right ]
;   %5 = getelementptr i8, ptr %3, i64 %4
;   %field = getelementptr i8, ptr %5, i64 8
;   %value = load i32, ptr %field, align 8
;   ret i32 %value
; }
;
; define i32 @wasm_function_1(ptr %instance, i64 %a, ptr %other, i1 %which) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %a, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %place = select i1 %which, ptr %object, ptr %other
;   %value = load i32, ptr %place, align 8
;   ret i32 %value
; }
