; Where the function is inlined the argument may be a constant, and the jump with its line is gone: before inlining, a
; jump that an argument decides gets its copy, too.
;
; passes: wasmc-separate-arguments-traps

declare void @trap(ptr) noreturn

define void @argument(ptr %instance, i32 %n, i1 %a) !dbg !4 {
  br i1 %a, label %next, label %fail, !dbg !5
next:
  %is.valid = icmp ult i32 %n, 8
  br i1 %is.valid, label %done, label %fail, !dbg !6
done:
  ret void
fail:
  call void @trap(ptr %instance)
  unreachable
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "module", directory: "")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !DISubroutineType(types: !{})
!4 = distinct !DISubprogram(name: "f", scope: !1, file: !1, type: !3, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DILocation(line: 10, scope: !4)
!6 = !DILocation(line: 20, scope: !4)
; ---- by LLVM 22.1.8
; define void @argument(ptr %instance, i32 %n, i1 %a) {
;   br i1 %a, label %next, label %fail  ; line 10
;
; next:
;   %is.valid = icmp ult i32 %n, 8
;   br i1 %is.valid, label %done, label %1  ; line 20
;
; done:
;   ret void
;
; fail:
;   call void @trap(ptr %instance)
;   unreachable
;
; 1:
;   call void @trap(ptr %instance)  ; line 20
;   unreachable  ; line 20
; }
