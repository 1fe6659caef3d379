; A jump to a trap that is always taken gets its copy at once: what removes the jump would lose its line.
;
; passes: wasmc-separate-proven-traps

declare void @trap(ptr) noreturn

define void @proven(ptr %instance, i1 %a) !dbg !4 {
  br i1 %a, label %next, label %fail, !dbg !5
next:
  br i1 false, label %done, label %fail, !dbg !6
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
; define void @proven(ptr %instance, i1 %a) {
;   br i1 %a, label %next, label %fail  ; line 10
;
; next:
;   br i1 false, label %done, label %1  ; line 20
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
