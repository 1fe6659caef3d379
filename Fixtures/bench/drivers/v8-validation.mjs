// What validation costs in V8: FILE MILLISECONDS. The least of many times.
import { readFileSync } from 'node:fs';
import { now } from './timing.mjs';

const bytes = readFileSync(process.argv[2]);
const end = now() + process.argv[3] * 1e6;
let least = Infinity;
do {
  const before = now();
  if (!WebAssembly.validate(bytes)) process.exit(1);
  least = Math.min(least, now() - before);
} while (now() < end);
process.stderr.write(`bench validation ${least}\n`);
