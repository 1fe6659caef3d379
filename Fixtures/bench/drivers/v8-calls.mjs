// What calls and instantiation cost in V8: FILE, where FILE is calls.c as WebAssembly.
import { readFileSync } from 'node:fs';
import { now, reportMedian } from './timing.mjs';

const calls = 100000, callSamples = 41, instances = 300;
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = { env: { add: (a, b) => (a + b) | 0 } };
let instance, sum = 0;

function sampled(count, body) {
  return Array.from({ length: count }, (_, index) => {
    const before = now();
    body(index);
    return now() - before;
  });
}

reportMedian('instantiate', sampled(instances, () => { instance = new WebAssembly.Instance(module, imports); }), 1);
const { add, call_host } = instance.exports;
function callIn() {
  for (let i = 0; i < calls; i++) sum = add(sum, i);
}
reportMedian('host-to-guest', sampled(callSamples, callIn), calls);
reportMedian('guest-to-host', sampled(callSamples, () => { sum = (sum + call_host(calls)) | 0; }), calls);
console.log(`0 ${sum >>> 0}`);
