// Calls a kernel in V8 until the time is used up: FILE MILLISECONDS LEAST_CALLS. A kernel with a shared memory runs on
// two threads, as in threads.c.
import { readFileSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { now, report, start } from './timing.mjs';

const threads = 2;
// What the threads have to say to each other: the number of the call, and how many threads are through with it.
const [call, done] = [0, 1];

if (isMainThread) {
  const [file, milliseconds, least] = process.argv.slice(2);
  const bytes = readFileSync(file);
  start();
  const module = new WebAssembly.Module(bytes);
  report('compile');
  const isShared = WebAssembly.Module.imports(module).length > 0;
  const memory = isShared ? new WebAssembly.Memory({ initial: 256, maximum: 256, shared: true }) : undefined;
  const { bench_run } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const control = new Int32Array(new SharedArrayBuffer(8));
  if (isShared) {
    for (let thread = 0; thread < threads; thread++)
      await new Promise(ready => new Worker(
        new URL(import.meta.url), { workerData: { module, memory, control, thread } })
        .on('message', ready));
  }

  function kernel() {
    if (!isShared) {
      const before = now(), checksum = bench_run();
      return [now() - before, checksum];
    }
    const before = now();
    Atomics.store(control, done, 0);
    Atomics.add(control, call, 1);
    Atomics.notify(control, call);
    for (let count; (count = Atomics.load(control, done)) < threads;) Atomics.wait(control, done, count);
    return [now() - before, bench_run()];
  }

  const began = now();
  let lines = '';
  for (let calls = 0; calls < least || now() - began < milliseconds * 1e6; calls++) {
    const [time, checksum] = kernel();
    lines += `${time} ${BigInt.asUintN(64, checksum)}\n`;
  }
  process.stdout.write(lines, () => process.exit());
} else {
  const { parentPort } = await import('node:worker_threads');
  const { module, memory, control, thread } = workerData;
  const { bench_thread } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  parentPort.postMessage('ready');
  for (let number = 0;; number++) {
    Atomics.wait(control, call, number);
    bench_thread(thread);
    Atomics.add(control, done, 1);
    Atomics.notify(control, done);
  }
}
