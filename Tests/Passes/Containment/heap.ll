; An access to the heap is the heap's base plus 32 bits of a reference, an index of 32 bits times the size of an element,
; and a constant: that lies in the heap's reservation. Anything else is masked. An id that an object's header gives is
; masked before it stands for a place among the descriptors.
;
; passes: wasmc-contain

define i32 @wasm_function_0(ptr %instance, i64 %reference, i32 %index) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %elements = getelementptr i8, ptr %object, i64 8
  %wide = zext i32 %index to i64
  %element = getelementptr i64, ptr %elements, i64 %wide
  %value = load i32, ptr %element, align 8
  ret i32 %value
}

define i32 @wasm_function_1(ptr %instance, i64 %reference) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %object = getelementptr i8, ptr %heap, i64 %reference
  %field = getelementptr i8, ptr %object, i64 8
  %value = load i32, ptr %field, align 8
  ret i32 %value
}

define i8 @wasm_function_2(ptr %instance, i64 %reference) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %header = load i32, ptr %object, align 4
  %place = getelementptr i8, ptr %instance, i64 88
  %descriptors = load ptr, ptr %place, align 8
  %id = zext i32 %header to i64
  %descriptor = getelementptr i8, ptr %descriptors, i64 %id
  %kind = getelementptr i8, ptr %descriptor, i64 4
  %value = load i8, ptr %kind, align 1
  ret i8 %value
}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, i64 %reference, i32 %index) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %elements = getelementptr i8, ptr %object, i64 8
;   %wide = zext i32 %index to i64
;   %element = getelementptr i64, ptr %elements, i64 %wide
;   %value = load i32, ptr %element, align 8
;   ret i32 %value
; }
;
; define i32 @wasm_function_1(ptr %instance, i64 %reference) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %object = getelementptr i8, ptr %heap, i64 %reference
;   %field = getelementptr i8, ptr %object, i64 8
;   %1 = add i64 %reference, 8
;   %2 = and i64 %1, 8589934591
;   %3 = getelementptr i8, ptr %heap, i64 %2
;   %value = load i32, ptr %3, align 8
;   ret i32 %value
; }
;
; define i8 @wasm_function_2(ptr %instance, i64 %reference) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %header = load i32, ptr %object, align 4
;   %place = getelementptr i8, ptr %instance, i64 88
;   %descriptors = load ptr, ptr %place, align 8
;   %id = zext i32 %header to i64
;   %descriptor = getelementptr i8, ptr %descriptors, i64 %id
;   %kind = getelementptr i8, ptr %descriptor, i64 4
;   %1 = add i64 %id, 4
;   %2 = and i64 %1, 268435455
;   %3 = getelementptr i8, ptr %descriptors, i64 %2
;   %value = load i8, ptr %3, align 1
;   ret i8 %value
; }
