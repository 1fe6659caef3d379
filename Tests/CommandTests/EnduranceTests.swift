import Foundation
import Testing

/// Short versions of the repository's long runs.
@Suite(.serialized) struct EnduranceTests {
    @Test(
        "Calls that end early in every way leave nothing behind",
        arguments: [[], ["--threads", "64"], ["--threads", "64", "--tasks"]])
    func endurance(_ how: [String]) throws {
        let outcome = try run("dev", ["endurance", "--count", "4800"] + how)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("4800 calls ended in 24 ways"))
    }

    @Test(
        "Plug-ins whose host functions call their alloc leave nothing behind", arguments: ["imports", "linker", "pool"])
    func requests(_ way: String) throws {
        let outcome = try run("dev", ["requests", "--count", "500", "--way", way])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("\(way): "))
    }

    @Test(
        "Guests stop at random instants whatever they do, and the next call is as always",
        arguments: ["checked", "guarded"])
    func latency(_ memory: String) throws {
        let outcome = try run(
            "dev", ["latency", "--count", "40", "--bytes", "33554432", "--pause", "5", "--memory", memory])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasSuffix("0 missed, 0 following calls affected\n"))
    }

    @Test(
        "Random loops that yield at every poll, and those arranged by a profile, do what they do at O0",
        arguments: ["--yielding", "--profiled"])
    func loops(_ way: String) throws {
        let outcome = try run("dev", ["loops", way, "--count", "48", "--functions", "4", "--threads", "1"])
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
        #expect(outcome.text.hasPrefix("12 modules, 48 functions, in modes 12 runs of "))
    }

    @Test("A wait whose time is over ends, though its guest yields at every poll")
    func waiting() throws {
        // Its function waits for no time.
        let module = ["--shape", "version3", "--functions", "2", "--count", "2", "--seed", "7200000023"]
        let outcome = try run("dev", ["loops", "--yielding", "--threads", "1"] + module)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    /// Collects at every allocation, and poisons what it frees.
    private let stress = ["WASMC_GC_STRESS": "1", "WASMC_CACHE": "off"]

    @Test("Objects of the official suite survive a collection at every allocation")
    func stressedSuite() throws {
        let folder =
            ProcessInfo.processInfo.environment["WASM_SPEC_TESTSUITE"]
            ?? package.appending(path: "../shared/spec-testsuite").path(percentEncoded: false)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/gc")) ?? []
        let scripts = files.filter { $0.hasSuffix(".wast") }.map { "\(folder)/gc/\($0)" }
        guard !scripts.isEmpty else {
            print("NOT RUN: the official test suite is not at \(folder); set WASM_SPEC_TESTSUITE to its folder")
            return
        }
        let outcome = try run("wasmc", ["wast"] + scripts, environment: stress)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    @Test("Objects that exceptions carry survive a collection at every allocation", arguments: ["0", "2"])
    func stressedExceptions(_ level: String) throws {
        let file = try temporaryFolder().appending(path: "thrown.wat")
        let text = """
            (module
              (type $box (struct (field (mut i32))))
              (type $boxes (array (mut (ref null $box))))
              (tag $thrown (param (ref $box)))
              (global $all (mut (ref null $boxes)) (ref.null $boxes))
              (func $throw (param $depth i32) (local $box (ref $box))
                (local.set $box (struct.new $box (local.get $depth)))
                (if (i32.eq (local.get $depth) (i32.const 4)) (then (throw $thrown (local.get $box))))
                (call $throw (i32.add (local.get $depth) (i32.const 1)))
                (drop (struct.get $box 0 (local.get $box))))
              (func (export "run") (param $count i32) (result i32)
                (local $i i32) (local $sum i32) (local $box (ref null $box)) (local $exception exnref)
                (global.set $all (array.new_default $boxes (i32.const 100)))
                (loop $next
                  (block $caught (result (ref $box) (ref exn))
                    (try_table (catch_ref $thrown $caught) (call $throw (i32.const 0)))
                    (unreachable))
                  (local.set $exception) (local.set $box)
                  (array.set $boxes (global.get $all) (i32.rem_u (local.get $i) (i32.const 100)) (local.get $box))
                  (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (local.get $box))))
                  (block $again (result (ref $box))
                    (try_table (catch $thrown $again) (throw_ref (local.get $exception)))
                    (unreachable))
                  (local.set $sum (i32.add (struct.get $box 0) (local.get $sum)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
                (local.get $sum)))
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        let outcome = try run(
            "wasmc", ["run", "-O", level, "--invoke", "run", file.path, "300"], environment: stress)
        // Each round adds the 4 of the box twice.
        #expect(outcome.text == "2400\n" && outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    @Test(
        "Optimised code keeps the objects that it still accesses over calls that collect",
        arguments: ["O0", "O1", "O2", "O3"])
    func stressedCode(_ level: String) throws {
        let file = try temporaryFolder().appending(path: "objects.wast")
        try Self.accesses.write(to: file, atomically: true, encoding: .utf8)
        let arguments = ["wast", file.path(percentEncoded: false), "-O", level]
        let outcome = try run("wasmc", arguments, environment: stress)
        #expect(outcome.status == 0, "\(outcome.text)\(outcome.errors)")
    }

    /// Loops whose addresses LLVM calculates by adding, references beside each other, and such as nothing but an access
    /// behind a call needs.
    private static let accesses = """
        (module
          (type $ints (array (mut i32)))
          (type $bytes (array (mut i8)))
          (type $doubles (array (mut f64)))
          (type $pair (struct (field $a (mut i32)) (field $b (mut i32))))
          (type $pairs (array (mut (ref null $pair))))
          (type $two (struct (field $x (mut (ref null $pair))) (field $y (mut (ref null $pair)))
            (field $f (mut f64)) (field $g (mut f64))))
          (type $f (func (param i32) (result i32)))
          (type $closure (struct (field (ref null $f)) (field i32)))
          (type $functions (array (mut (ref null $f))))
          (elem declare func $triple $square)
          (elem $fs (ref null $f) (ref.func $triple) (ref.func $square) (ref.null $f))
          (global $sink (mut anyref) (ref.null any))
          (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
          (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
          ;; Makes garbage of several sizes, which takes the place of what was freed.
          (func $garbage (param $n i32)
            (loop $l
              (global.set $sink (array.new $ints (i32.const -1) (i32.and (local.get $n) (i32.const 31))))
              (global.set $sink (struct.new $pair (i32.const -1) (i32.const -1)))
              (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0)))))
          (func $ints (param $n i32) (result (ref $ints)) (local $a (ref $ints)) (local $i i32)
            (local.set $a (array.new_default $ints (local.get $n)))
            (loop $l
              (if (i32.lt_u (local.get $i) (local.get $n)) (then
                (array.set $ints (local.get $a) (local.get $i) (local.get $i))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $l))))
            (local.get $a))
          ;; A loop over an array with a call, upwards, downwards, and by steps; the array is used nowhere else.
          (func (export "up") (param $n i32) (result i32) (local $a (ref $ints)) (local $i i32) (local $s i32)
            (local.set $a (call $ints (local.get $n)))
            (loop $l
              (local.set $s (i32.add (local.get $s) (array.get $ints (local.get $a) (local.get $i))))
              (call $garbage (i32.const 3))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $s))
          (func (export "down") (param $n i32) (result i32) (local $a (ref $ints)) (local $s i32)
            (local.set $a (call $ints (local.get $n)))
            (loop $l
              (call $garbage (i32.const 3))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (local.set $s (i32.add (local.get $s) (array.get $ints (local.get $a) (local.get $n))))
              (br_if $l (local.get $n)))
            (local.get $s))
          ;; Two arrays of one step, of which one may be in reach by the distance from the other.
          (func (export "two") (param $n i32) (result i32)
            (local $a (ref $ints)) (local $b (ref $ints)) (local $i i32) (local $s i32)
            (local.set $a (call $ints (local.get $n)))
            (local.set $b (call $ints (local.get $n)))
            (loop $l
              (local.set $s (i32.add (local.get $s)
                (i32.mul (array.get $ints (local.get $a) (local.get $i))
                  (array.get $ints (local.get $b) (local.get $i)))))
              (array.set $ints (local.get $b) (local.get $i) (i32.const 7))
              (call $garbage (i32.const 3))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.add (local.get $s) (array.get $ints (local.get $b) (i32.const 0))))
          ;; Far from the element that is accessed first: the place is calculated before the call.
          (func (export "far") (param $n i32) (result i32) (local $a (ref $ints)) (local $i i32) (local $s i32)
            (local.set $a (call $ints (local.get $n)))
            (local.set $i (i32.const 100))
            (loop $l
              (local.set $s (i32.add (local.get $s)
                (i32.add (array.get $ints (local.get $a) (i32.sub (local.get $i) (i32.const 100)))
                  (array.get $ints (local.get $a) (i32.sub (local.get $i) (i32.const 99))))))
              (call $garbage (i32.const 3))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                (i32.add (local.get $n) (i32.const 99)))))
            (local.get $s))
          (func (export "bytes") (param $n i32) (result i32) (local $a (ref $bytes)) (local $i i32) (local $s i32)
            (local.set $a (array.new $bytes (i32.const 1) (local.get $n)))
            (loop $l
              (local.set $s (i32.add (local.get $s) (array.get_u $bytes (local.get $a) (local.get $i))))
              (array.set $bytes (local.get $a) (local.get $i) (i32.const 2))
              (call $garbage (i32.const 3))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (i32.add (local.get $s) (array.get_u $bytes (local.get $a) (i32.const 0))))
          ;; References in an array, which are loaded before a call and followed behind it.
          (func (export "pairs") (param $n i32) (result i32)
            (local $a (ref $pairs)) (local $i i32) (local $s i32) (local $p (ref null $pair))
            (local.set $a (array.new_default $pairs (local.get $n)))
            (loop $m
              (array.set $pairs (local.get $a) (local.get $i) (struct.new $pair (local.get $i) (i32.const 1)))
              (br_if $m (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.set $i (i32.const 0))
            (loop $l
              (local.set $p (array.get $pairs (local.get $a) (local.get $i)))
              (array.set $pairs (local.get $a) (local.get $i) (ref.null $pair))
              (call $garbage (i32.const 3))
              (local.set $s (i32.add (local.get $s)
                (i32.add (struct.get $pair $a (local.get $p)) (struct.get $pair $b (local.get $p)))))
              (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $s))
          ;; Two references beside each other, moved together with two floats in code that calculates with floats.
          (func (export "swapped") (param $n i32) (result f64)
            (local $t (ref $two)) (local $x (ref null $pair)) (local $y (ref null $pair))
            (local $f f64) (local $g f64) (local $s f64)
            (local.set $t (struct.new $two (struct.new $pair (i32.const 1) (i32.const 2))
              (struct.new $pair (i32.const 3) (i32.const 4)) (f64.const 1) (f64.const 2)))
            (loop $l
              (local.set $x (struct.get $two $x (local.get $t)))
              (local.set $y (struct.get $two $y (local.get $t)))
              (local.set $f (f64.mul (struct.get $two $f (local.get $t)) (f64.const 1.5)))
              (local.set $g (f64.mul (struct.get $two $g (local.get $t)) (f64.const 0.5)))
              (local.set $t (struct.new $two (ref.null $pair) (ref.null $pair) (f64.const 0) (f64.const 0)))
              (call $garbage (i32.const 5))
              (struct.set $two $x (local.get $t) (local.get $x))
              (struct.set $two $y (local.get $t) (local.get $y))
              (struct.set $two $f (local.get $t) (f64.add (local.get $f) (f64.const 1)))
              (struct.set $two $g (local.get $t) (f64.add (local.get $g) (f64.const 1)))
              (call $garbage (i32.const 5))
              (local.set $s (f64.add (local.get $s) (f64.convert_i32_s
                (i32.add (struct.get $pair $a (struct.get $two $x (local.get $t)))
                  (struct.get $pair $b (struct.get $two $y (local.get $t)))))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $s))
          ;; One of two objects, chosen by a condition, with a call between the choice and the access.
          (func (export "chosen") (param $n i32) (result i32)
            (local $p (ref null $pair)) (local $q (ref null $pair)) (local $r (ref null $pair)) (local $s i32)
            (loop $l
              (local.set $p (struct.new $pair (i32.const 10) (i32.const 20)))
              (local.set $q (struct.new $pair (i32.const 30) (i32.const 40)))
              (local.set $r (select (result (ref null $pair)) (local.get $p) (local.get $q)
                (i32.and (local.get $n) (i32.const 1))))
              (local.set $p (ref.null $pair))
              (local.set $q (ref.null $pair))
              (call $garbage (i32.const 4))
              (local.set $s (i32.add (local.get $s) (if (result i32) (i32.and (local.get $n) (i32.const 2))
                (then (struct.get $pair $a (local.get $r))) (else (struct.get $pair $b (local.get $r))))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $s))
          ;; Several objects are made one behind the other, without a call between them, and kept over the next one.
          (func (export "row") (param $n i32) (result i32)
            (local $p (ref null $pair)) (local $q (ref null $pair)) (local $r (ref null $pair)) (local $s i32)
            (loop $l
              (local.set $p (struct.new $pair (local.get $n) (i32.const 1)))
              (local.set $q (struct.new $pair (local.get $n) (i32.const 2)))
              (local.set $r (struct.new $pair (local.get $n) (i32.const 3)))
              (call $garbage (i32.const 2))
              (struct.set $pair $a (local.get $p) (i32.const 5))
              (struct.set $pair $a (local.get $q) (i32.const 6))
              (local.set $s (i32.add (local.get $s) (i32.add (struct.get $pair $a (local.get $p))
                (i32.add (struct.get $pair $a (local.get $q))
                  (i32.add (struct.get $pair $b (local.get $r)) (struct.get $pair $a (local.get $r)))))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $s))
          ;; Functions in objects.
          (func (export "closures") (param $n i32) (result i32)
            (local $c (ref null $closure)) (local $a (ref null $functions)) (local $s i32)
            (local.set $a (array.new_elem $functions $fs (i32.const 0) (i32.const 3)))
            (array.set $functions (local.get $a) (i32.const 2) (ref.func $square))
            (loop $l
              (local.set $c (struct.new $closure (if (result (ref null $f)) (i32.and (local.get $n) (i32.const 1))
                (then (ref.func $triple)) (else (ref.func $square))) (local.get $n)))
              (call $garbage (i32.const 2))
              (local.set $s (i32.add (local.get $s)
                (call_ref $f (struct.get $closure 1 (local.get $c)) (struct.get $closure 0 (local.get $c)))))
              (local.set $s (i32.add (local.get $s) (call_ref $f (i32.const 2)
                (array.get $functions (local.get $a) (i32.rem_u (local.get $n) (i32.const 3))))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $s))
          (func (export "doubles") (param $n i32) (result f64)
            (local $a (ref $doubles)) (local $b (ref $doubles)) (local $i i32) (local $s f64)
            (local.set $a (array.new $doubles (f64.const 1.5) (local.get $n)))
            (local.set $b (array.new $doubles (f64.const 2) (local.get $n)))
            (loop $o
              (call $garbage (i32.const 2))
              (local.set $i (i32.const 0))
              (loop $l
                (array.set $doubles (local.get $b) (local.get $i)
                  (f64.add (array.get $doubles (local.get $a) (local.get $i))
                    (array.get $doubles (local.get $b) (local.get $i))))
                (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
              (br_if $o (f64.lt (local.tee $s (f64.add (local.get $s) (f64.const 1))) (f64.const 10))))
            (array.get $doubles (local.get $b) (i32.sub (local.get $n) (i32.const 1))))
        )
        (assert_return (invoke "up" (i32.const 50)) (i32.const 1225))
        (assert_return (invoke "down" (i32.const 50)) (i32.const 1225))
        (assert_return (invoke "two" (i32.const 50)) (i32.const 40432))
        (assert_return (invoke "far" (i32.const 50)) (i32.const 2401))
        (assert_return (invoke "bytes" (i32.const 50)) (i32.const 52))
        (assert_return (invoke "pairs" (i32.const 50)) (i32.const 1275))
        (assert_return (invoke "swapped" (i32.const 40)) (f64.const 200))
        (assert_return (invoke "chosen" (i32.const 40)) (i32.const 1000))
        (assert_return (invoke "row" (i32.const 10)) (i32.const 195))
        (assert_return (invoke "closures" (i32.const 10)) (i32.const 341))
        (assert_return (invoke "doubles" (i32.const 100)) (f64.const 17))
        """
}
