; What all iterations take is taken at once, before the loop, if the fuel suffice; else the untouched loop takes its
; fuel one iteration at a time and stops in the right one.
;
; passes: wasmc-version-loops

declare i1 @wasmc.has_fuel(i64)
declare void @trap(ptr) noreturn

define i32 @metered(ptr %instance, ptr %count, i64 %fuel, i32 %x, i32 %n) {
entry:
  br label %loop
loop:
  %left = phi i64 [ %fuel, %entry ], [ %less, %body ]
  %i = phi i32 [ %n, %entry ], [ %next, %body ]
  %sum = phi i32 [ %x, %entry ], [ %more, %body ]
  %less = sub i64 %left, 6
  %suffices = call i1 @wasmc.has_fuel(i64 %less)
  br i1 %suffices, label %body, label %stop
body:
  %more = mul i32 %sum, 31
  %next = add i32 %i, -1
  %again = icmp ne i32 %next, 0
  br i1 %again, label %loop, label %done
done:
  store i64 %less, ptr %count
  ret i32 %more
stop:
  store i64 %less, ptr %count
  call void @trap(ptr %instance)
  unreachable
}
; ---- by LLVM 22.1.8
; define i32 @metered(ptr %instance, ptr %count, i64 %fuel, i32 %x, i32 %n) {
; entry:
;   %0 = add i32 %n, -1
;   %1 = zext i32 %0 to i64
;   %2 = add nuw nsw i64 %1, 1
;   %3 = mul i64 %2, 6
;   %4 = icmp sge i64 %fuel, %3
;   %5 = freeze i1 %4
;   br i1 %5, label %wasmc.checked.unchecked, label %wasmc.checked
;
; wasmc.checked.unchecked:
;   %6 = sub i64 %2, 1
;   %7 = mul i64 %6, 6
;   %8 = sub i64 %fuel, %7
;   %9 = add i64 %8, -6
;   br label %loop.unchecked
;
; loop.unchecked:
;   %i.unchecked = phi i32 [ %n, %wasmc.checked.unchecked ], [ %next.unchecked, %loop.unchecked ]
;   %sum.unchecked = phi i32 [ %x, %wasmc.checked.unchecked ], [ %more.unchecked, %loop.unchecked ]
;   %more.unchecked = mul i32 %sum.unchecked, 31
;   %next.unchecked = add i32 %i.unchecked, -1
;   %again.unchecked = icmp ne i32 %next.unchecked, 0
;   br i1 %again.unchecked, label %loop.unchecked, label %done
;
; wasmc.checked:
;   br label %loop
;
; loop:
;   %left = phi i64 [ %fuel, %wasmc.checked ], [ %less, %body ]
;   %i = phi i32 [ %n, %wasmc.checked ], [ %next, %body ]
;   %sum = phi i32 [ %x, %wasmc.checked ], [ %more, %body ]
;   %less = sub i64 %left, 6
;   %suffices = call i1 @wasmc.has_fuel(i64 %less)
;   br i1 %suffices, label %body, label %stop
;
; body:
;   %more = mul i32 %sum, 31
;   %next = add i32 %i, -1
;   %again = icmp ne i32 %next, 0
;   br i1 %again, label %loop, label %done  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;
; done:
;   %more.lcssa = phi i32 [ %more, %body ], [ %more.unchecked, %loop.unchecked ]
;   %less.lcssa1 = phi i64 [ %less, %body ], [ %9, %loop.unchecked ]
;   store i64 %less.lcssa1, ptr %count, align 4
;   ret i32 %more.lcssa
;
; stop:
;   store i64 %less, ptr %count, align 4
;   call void @trap(ptr %instance)
;   unreachable
; }
