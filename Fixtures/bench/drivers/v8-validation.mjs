// What validation costs in V8: FILE. The least of many times.
import { readFileSync } from 'node:fs';
import { now } from './timing.mjs';

const bytes = readFileSync(process.argv[2]);
let least = Infinity;
for (let i = 0; i < 20; i++) {
  const before = now();
  if (!WebAssembly.validate(bytes)) process.exit(1);
  least = Math.min(least, now() - before);
}
process.stderr.write(`bench validation ${least}\n`);
