; A function has one trap for each reason until the end; then each jump to it gets a copy with the jump's line, by which
; the runtime finds the place in the module.
;
; passes: wasmc-separate-traps

declare void @trap(ptr) noreturn

define void @two.places(ptr %instance, i1 %a, i1 %b) !dbg !4 {
  br i1 %a, label %next, label %fail, !dbg !5
next:
  br i1 %b, label %done, label %fail, !dbg !6
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
; define void @two.places(ptr %instance, i1 %a, i1 %b) {
;   br i1 %a, label %next, label %2  ; line 10
;
; next:
;   br i1 %b, label %done, label %1  ; line 20
;
; done:
;   ret void
;
; 1:
;   call void @trap(ptr %instance)  ; line 20
;   unreachable  ; line 20
;
; 2:
;   call void @trap(ptr %instance)  ; line 10
;   unreachable  ; line 10
; }
