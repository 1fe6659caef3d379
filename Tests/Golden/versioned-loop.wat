;; A loop over an array: one test before it, then vectors without checks. The untouched loop is beside it, for indices
;; that leave the memory.
;;
;; options: O2 guarded
;; shows: assembly

(module
  (memory 1)
  (func (export "double") (param $p i32) (param $count i32)
    (loop $again
      (i32.store (local.get $p) (i32.shl (i32.load (local.get $p)) (i32.const 1)))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
;; ---- by LLVM 22.1.8
;; optimized-ir:
;; define hidden void @wasm_function_0(ptr noundef nonnull align 8 dereferenceable(144) %0, i32 %1, i32 %2) {
;;   %4 = zext i32 %1 to i64
;;   %5 = getelementptr i8, ptr %0, i64 88
;;   %6 = load ptr, ptr %5, align 8
;;   %7 = load ptr, ptr %6, align 8
;;   %8 = getelementptr i8, ptr %6, i64 8
;;   %9 = load i64, ptr %8, align 8
;;   %10 = add i32 %2, -1
;;   %11 = zext i32 %10 to i64
;;   %12 = shl nuw nsw i64 %11, 2
;;   %13 = zext i32 %1 to i64
;;   %14 = add nuw nsw i64 %12, %13
;;   %15 = add nuw nsw i64 %14, 4
;;   %16 = icmp ule i64 %15, %9
;;   %17 = freeze i1 %16
;;   br i1 %17, label %iter.check, label %wasmc.checked.preheader
;;
;; wasmc.checked.preheader:
;;   br label %wasmc.checked  ; line 48
;;
;; iter.check:
;;   %18 = add i32 %2, -1
;;   %19 = zext i32 %18 to i64
;;   %20 = add i64 %19, 1
;;   %min.iters.check = icmp ult i32 %18, 3
;;   br i1 %min.iters.check, label %vec.epilog.scalar.ph.preheader, label %vector.main.loop.iter.check
;;
;; vector.main.loop.iter.check:
;;   %min.iters.check2 = icmp ult i32 %18, 31
;;   br i1 %min.iters.check2, label %vec.epilog.ph, label %vector.ph
;;
;; vector.ph:
;;   %n.mod.vf = and i64 %20, 28
;;   %n.vec = and i64 %20, 8589934560
;;   %invariant.gep = getelementptr i8, ptr %7, i64 %13
;;   %21 = call i64 @llvm.umax.i64(i64 32, i64 1)
;;   %22 = sub i64 %n.vec, 32
;;   %23 = udiv i64 %22, %21
;;   %24 = mul i64 %23, %21
;;   %25 = icmp eq i64 %24, %22
;;   %26 = and i1 true, %25
;;   %27 = add i64 %13, 0
;;   %28 = getelementptr i8, ptr %0, i64 88
;;   %29 = load ptr, ptr %28, align 8
;;   %30 = getelementptr i8, ptr %29, i64 8
;;   %31 = load i64, ptr %30, align 8
;;   %32 = icmp ule i64 128, %31
;;   %33 = sub i64 %31, 128
;;   %34 = icmp ule i64 %27, %33
;;   %35 = and i1 %32, %34
;;   %36 = mul i64 128, %23
;;   %37 = add i64 %27, %36
;;   %38 = and i1 %35, true
;;   %39 = getelementptr i8, ptr %0, i64 88
;;   %40 = load ptr, ptr %39, align 8
;;   %41 = getelementptr i8, ptr %40, i64 8
;;   %42 = load i64, ptr %41, align 8
;;   %43 = icmp ule i64 128, %42
;;   %44 = sub i64 %42, 128
;;   %45 = icmp ule i64 %37, %44
;;   %46 = and i1 %43, %45
;;   %47 = and i1 %38, %46
;;   %48 = and i1 %26, %47
;;   %49 = icmp ule i64 %23, 17179869184
;;   %50 = and i1 %48, %49
;;   %51 = xor i1 %50, true
;;   br i1 %51, label %52, label %53
;;
;; 52:
;;   call void @wasm_escape(ptr %0)  ; line 48
;;   unreachable
;;
;; 53:
;;   br label %vector.body
;;
;; vector.body:
;;   %index = phi i64 [ 0, %53 ], [ %index.next, %vector.body ]
;;   %54 = shl i64 %index, 2
;;   %gep = getelementptr i8, ptr %invariant.gep, i64 %54
;;   %55 = getelementptr i8, ptr %gep, i64 32  ; line 48
;;   %56 = getelementptr i8, ptr %gep, i64 64  ; line 48
;;   %57 = getelementptr i8, ptr %gep, i64 96  ; line 48
;;   %wide.load = load <8 x i32>, ptr %gep, align 1  ; line 48
;;   %wide.load3 = load <8 x i32>, ptr %55, align 1  ; line 48
;;   %wide.load4 = load <8 x i32>, ptr %56, align 1  ; line 48
;;   %wide.load5 = load <8 x i32>, ptr %57, align 1  ; line 48
;;   %58 = shl <8 x i32> %wide.load, splat (i32 1)
;;   %59 = shl <8 x i32> %wide.load3, splat (i32 1)
;;   %60 = shl <8 x i32> %wide.load4, splat (i32 1)
;;   %61 = shl <8 x i32> %wide.load5, splat (i32 1)
;;   store <8 x i32> %58, ptr %gep, align 1  ; line 54
;;   store <8 x i32> %59, ptr %55, align 1  ; line 54
;;   store <8 x i32> %60, ptr %56, align 1  ; line 54
;;   store <8 x i32> %61, ptr %57, align 1  ; line 54
;;   %index.next = add i64 %index, 32
;;   %62 = icmp eq i64 %index.next, %n.vec
;;   br i1 %62, label %middle.block, label %vector.body  ; llvm.loop.isvectorized  ; llvm.loop.unroll.runtime.disable
;;
;; middle.block:
;;   %cmp.n = icmp eq i64 %20, %n.vec
;;   br i1 %cmp.n, label %.loopexit, label %vec.epilog.iter.check
;;
;; vec.epilog.iter.check:
;;   %63 = shl i64 %n.vec, 2
;;   %ind.end = add i64 %63, %13
;;   %.cast15 = trunc i64 %n.vec to i32
;;   %ind.end16 = sub i32 %2, %.cast15
;;   %min.epilog.iters.check = icmp eq i64 %n.mod.vf, 0
;;   br i1 %min.epilog.iters.check, label %vec.epilog.scalar.ph.preheader, label %vec.epilog.ph
;;
;; vec.epilog.ph:
;;   %vec.epilog.resume.val = phi i64 [ %n.vec, %vec.epilog.iter.check ], [ 0, %vector.main.loop.iter.check ]
;;   %n.vec7 = and i64 %20, 8589934588
;;   %64 = shl i64 %n.vec7, 2
;;   %65 = add i64 %64, %13
;;   %.cast = trunc i64 %n.vec7 to i32
;;   %66 = sub i32 %2, %.cast
;;   %invariant.gep21 = getelementptr i8, ptr %7, i64 %13
;;   %67 = add i64 %vec.epilog.resume.val, 4
;;   %68 = call i64 @llvm.umax.i64(i64 4, i64 1)
;;   %69 = sub i64 %n.vec7, %67
;;   %70 = udiv i64 %69, %68
;;   %71 = mul i64 %70, %68
;;   %72 = icmp eq i64 %71, %69
;;   %73 = and i1 true, %72
;;   %74 = mul i64 %vec.epilog.resume.val, 4
;;   %75 = add i64 %74, %13
;;   %76 = add i64 %75, 0
;;   %77 = getelementptr i8, ptr %0, i64 88
;;   %78 = load ptr, ptr %77, align 8
;;   %79 = getelementptr i8, ptr %78, i64 8
;;   %80 = load i64, ptr %79, align 8
;;   %81 = icmp ule i64 16, %80
;;   %82 = sub i64 %80, 16
;;   %83 = icmp ule i64 %76, %82
;;   %84 = and i1 %81, %83
;;   %85 = mul i64 16, %70
;;   %86 = add i64 %76, %85
;;   %87 = and i1 %84, true
;;   %88 = getelementptr i8, ptr %0, i64 88
;;   %89 = load ptr, ptr %88, align 8
;;   %90 = getelementptr i8, ptr %89, i64 8
;;   %91 = load i64, ptr %90, align 8
;;   %92 = icmp ule i64 16, %91
;;   %93 = sub i64 %91, 16
;;   %94 = icmp ule i64 %86, %93
;;   %95 = and i1 %92, %94
;;   %96 = and i1 %87, %95
;;   %97 = and i1 %73, %96
;;   %98 = icmp ule i64 %70, 17179869184
;;   %99 = and i1 %97, %98
;;   %100 = xor i1 %99, true
;;   br i1 %100, label %101, label %102
;;
;; 101:
;;   call void @wasm_escape(ptr %0)  ; line 48
;;   unreachable
;;
;; 102:
;;   br label %vec.epilog.vector.body
;;
;; vec.epilog.vector.body:
;;   %index9 = phi i64 [ %vec.epilog.resume.val, %102 ], [ %index.next11, %vec.epilog.vector.body ]
;;   %103 = shl i64 %index9, 2
;;   %gep22 = getelementptr i8, ptr %invariant.gep21, i64 %103
;;   %wide.load10 = load <4 x i32>, ptr %gep22, align 1  ; line 48
;;   %104 = shl <4 x i32> %wide.load10, splat (i32 1)
;;   store <4 x i32> %104, ptr %gep22, align 1  ; line 54
;;   %index.next11 = add i64 %index9, 4
;;   %105 = icmp eq i64 %index.next11, %n.vec7
;;   br i1 %105, label %vec.epilog.middle.block, label %vec.epilog.vector.body  ; llvm.loop.isvectorized  ; llvm.loop.unroll.runtime.disable
;;
;; vec.epilog.middle.block:
;;   %cmp.n12 = icmp eq i64 %20, %n.vec7
;;   br i1 %cmp.n12, label %.loopexit, label %vec.epilog.scalar.ph.preheader
;;
;; vec.epilog.scalar.ph.preheader:
;;   %.ph = phi i64 [ %13, %iter.check ], [ %ind.end, %vec.epilog.iter.check ], [ %65, %vec.epilog.middle.block ]
;;   %local1.0.unchecked.ph = phi i32 [ %2, %iter.check ], [ %ind.end16, %vec.epilog.iter.check ], [ %66, %vec.epilog.middle.block ]
;;   %106 = add i32 %local1.0.unchecked.ph, -1
;;   %107 = xor i32 %106, -1
;;   %108 = call i32 @llvm.umax.i32(i32 1, i32 1)
;;   %109 = sub i32 -1, %107
;;   %110 = udiv i32 %109, %108
;;   %111 = mul i32 %110, %108
;;   %112 = icmp eq i32 %111, %109
;;   %113 = zext i32 %110 to i64
;;   %114 = and i1 true, %112
;;   %115 = add i64 %.ph, 0
;;   %116 = getelementptr i8, ptr %0, i64 88
;;   %117 = load ptr, ptr %116, align 8
;;   %118 = getelementptr i8, ptr %117, i64 8
;;   %119 = load i64, ptr %118, align 8
;;   %120 = icmp ule i64 4, %119
;;   %121 = sub i64 %119, 4
;;   %122 = icmp ule i64 %115, %121
;;   %123 = and i1 %120, %122
;;   %124 = mul i64 4, %113
;;   %125 = add i64 %115, %124
;;   %126 = and i1 %123, true
;;   %127 = getelementptr i8, ptr %0, i64 88
;;   %128 = load ptr, ptr %127, align 8
;;   %129 = getelementptr i8, ptr %128, i64 8
;;   %130 = load i64, ptr %129, align 8
;;   %131 = icmp ule i64 4, %130
;;   %132 = sub i64 %130, 4
;;   %133 = icmp ule i64 %125, %132
;;   %134 = and i1 %131, %133
;;   %135 = and i1 %126, %134
;;   %136 = and i1 %114, %135
;;   %137 = icmp ule i64 %113, 17179869184
;;   %138 = and i1 %136, %137
;;   %139 = xor i1 %138, true
;;   br i1 %139, label %140, label %141
;;
;; 140:
;;   call void @wasm_escape(ptr %0)  ; line 48
;;   unreachable
;;
;; 141:
;;   br label %vec.epilog.scalar.ph
;;
;; vec.epilog.scalar.ph:
;;   %142 = phi i64 [ %147, %vec.epilog.scalar.ph ], [ %.ph, %141 ]
;;   %local1.0.unchecked = phi i32 [ %146, %vec.epilog.scalar.ph ], [ %local1.0.unchecked.ph, %141 ]
;;   %143 = getelementptr i8, ptr %7, i64 %142
;;   %144 = load i32, ptr %143, align 1  ; line 48
;;   %145 = shl i32 %144, 1
;;   store i32 %145, ptr %143, align 1  ; line 54
;;   %146 = add i32 %local1.0.unchecked, -1
;;   %.not.unchecked = icmp eq i32 %146, 0
;;   %147 = add i64 %142, 4
;;   br i1 %.not.unchecked, label %.loopexit.loopexit, label %vec.epilog.scalar.ph  ; llvm.loop.unroll.runtime.disable  ; llvm.loop.isvectorized
;;
;; wasmc.checked:
;;   %local1.0 = phi i32 [ %157, %151 ], [ %2, %wasmc.checked.preheader ]
;;   %148 = phi i64 [ %156, %151 ], [ %4, %wasmc.checked.preheader ]
;;   %149 = trunc i64 %148 to i32
;;   %150 = add i64 %148, 4
;;   %.not19 = icmp ugt i64 %150, %9
;;   br i1 %.not19, label %158, label %151  ; line 48
;;
;; 151:
;;   %152 = getelementptr i8, ptr %7, i64 %148
;;   %153 = load i32, ptr %152, align 1  ; line 48
;;   %154 = shl i32 %153, 1
;;   store i32 %154, ptr %152, align 1  ; line 54
;;   %155 = add i32 %149, 4
;;   %156 = zext i32 %155 to i64
;;   %157 = add i32 %local1.0, -1
;;   %.not = icmp eq i32 %157, 0
;;   br i1 %.not, label %.loopexit.loopexit20, label %wasmc.checked  ; llvm.loop.unroll.disable  ; llvm.loop.isvectorized
;;
;; .loopexit.loopexit:
;;   br label %.loopexit
;;
;; .loopexit.loopexit20:
;;   br label %.loopexit
;;
;; .loopexit:
;;   ret void
;;
;; 158:
;;   call void @wasm_trap_17(ptr nonnull %0)  ; line 48
;;   unreachable  ; line 48
;; }
;;
