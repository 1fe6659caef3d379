// Runs a WASI program in V8: FILE ARGUMENTS...
import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { WASI } from 'node:wasi';
import { start, report } from './timing.mjs';

const file = process.argv[2];
const bytes = readFileSync(file);
start();
const module = new WebAssembly.Module(bytes);
report('compile');
const wasi = new WASI({ version: 'preview1', args: process.argv.slice(2), returnOnExit: true });
const instance = new WebAssembly.Instance(module, wasi.getImportObject());
const pauses = new PerformanceObserver(() => {});
pauses.observe({ entryTypes: ['gc'] });
process.exitCode = wasi.start(instance);
setImmediate(() => {
  const longest = Math.max(0, ...pauses.takeRecords().map((pause) => pause.duration));
  if (longest > 0) process.stderr.write(`bench longest-pause ${Math.round(longest * 1e6)}\n`);
});
