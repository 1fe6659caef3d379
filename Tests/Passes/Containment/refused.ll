; A function whose accesses cannot be contained is refused, and compiled at O0: an object at an address of unknown
; origin (0), a place that an index leads to, but not from any base (1), and over a call a place of one or the other
; object, beside both of which the collector could be asked (2). The store, read again after a call, is the same one (3).
;
; passes: wasmc-heap-offsets,wasmc-contain,wasmc-keep-references

declare void @f(ptr)
declare i64 @g(ptr)

define i32 @wasm_function_0(ptr %instance, ptr %object) {
  %field = getelementptr i8, ptr %object, i64 8
  %value = load i32, ptr %field, align 4, !tbaa !0
  ret i32 %value
}

define i32 @wasm_function_1(ptr %instance, i64 %index) {
  %slot = getelementptr i8, ptr %instance, i64 256
  %unknown = load ptr, ptr %slot, align 8
  %place = getelementptr i32, ptr %unknown, i64 %index
  %value = load i32, ptr %place, align 4
  ret i32 %value
}

define i32 @wasm_function_2(ptr %instance, i64 %a, i64 %b, i1 %which) {
  %store = load ptr, ptr %instance, align 8
  %slot = getelementptr i8, ptr %store, i64 48
  %heap = load ptr, ptr %slot, align 8
  br i1 %which, label %first, label %second
first:
  %one = call i64 @g(ptr %instance)
  %next = add i64 %one, %a
  br label %both
second:
  %two = call i64 @g(ptr %instance)
  %distance = sub i64 %two, %b
  br label %both
both:
  %place = phi i64 [ %next, %first ], [ %distance, %second ]
  call void @f(ptr %instance)
  %low = and i64 %place, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %value = load i32, ptr %object, align 4, !tbaa !0
  ret i32 %value
}

define i32 @wasm_function_3(ptr %instance, i64 %reference, i1 %again) {
entry:
  %store = load ptr, ptr %instance, align 8
  br i1 %again, label %reload, label %look
reload:
  call void @f(ptr %instance)
  %reloaded = load ptr, ptr %instance, align 8
  br label %look
look:
  %either = phi ptr [ %store, %entry ], [ %reloaded, %reload ]
  %slot = getelementptr i8, ptr %either, i64 48
  %heap = load ptr, ptr %slot, align 8
  %low = and i64 %reference, 4294967295
  %object = getelementptr i8, ptr %heap, i64 %low
  %value = load i32, ptr %object, align 4, !tbaa !0
  ret i32 %value
}

!0 = !{!1, !1, i64 0}
!1 = !{!"object", !2, i64 0}
!2 = !{!"heap", !3, i64 0}
!3 = !{!"wasmc"}
; ---- by LLVM 22.1.8
; define i32 @wasm_function_0(ptr %instance, ptr %object) {
;   %field = getelementptr i8, ptr %object, i64 8
;   %value = load i32, ptr %field, align 4
;   ret i32 %value
; }
;
; define i32 @wasm_function_1(ptr %instance, i64 %index) {
;   %slot = getelementptr i8, ptr %instance, i64 256
;   %unknown = load ptr, ptr %slot, align 8
;   %place = getelementptr i32, ptr %unknown, i64 %index
;   %value = load i32, ptr %place, align 4
;   ret i32 %value
; }
;
; define i32 @wasm_function_2(ptr %instance, i64 %a, i64 %b, i1 %which) {
;   %store = load ptr, ptr %instance, align 8
;   %slot = getelementptr i8, ptr %store, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   br i1 %which, label %first, label %second
;
; first:
;   %one = call i64 @g(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %a)
;   %next = add i64 %one, %a
;   br label %both
;
; second:
;   %two = call i64 @g(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %b)
;   %distance = sub i64 %two, %b
;   br label %both
;
; both:
;   %place = phi i64 [ %next, %first ], [ %distance, %second ]
;   call void @f(ptr %instance)
;   %low = and i64 %place, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %value = load i32, ptr %object, align 4
;   ret i32 %value
; }
;
; define i32 @wasm_function_3(ptr %instance, i64 %reference, i1 %again) {
; entry:
;   %store = load ptr, ptr %instance, align 8
;   br i1 %again, label %reload, label %look
;
; reload:
;   call void @f(ptr %instance)
;   call void asm sideeffect "", "r"(i64 %reference)
;   %reloaded = load ptr, ptr %instance, align 8
;   br label %look
;
; look:
;   %either = phi ptr [ %store, %entry ], [ %reloaded, %reload ]
;   %slot = getelementptr i8, ptr %either, i64 48
;   %heap = load ptr, ptr %slot, align 8
;   %low = and i64 %reference, 4294967295
;   %object = getelementptr i8, ptr %heap, i64 %low
;   %value = load i32, ptr %object, align 4
;   ret i32 %value
; }
; refused: wasm_function_0
; refused: wasm_function_1
; refused: wasm_function_2
