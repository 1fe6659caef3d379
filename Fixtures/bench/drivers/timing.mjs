// How drivers report: lines `bench NAME NUMBER` on standard error, times in nanoseconds.
let wall, cpu;
export const now = () => Number(process.hrtime.bigint());

export function start() {
  cpu = process.cpuUsage();
  wall = now();
}

export function report(name) {
  const elapsed = now() - wall, used = process.cpuUsage(cpu);
  process.stderr.write(`bench ${name} ${elapsed}\nbench ${name}-cpu ${(used.user + used.system) * 1000}\n`);
}

export function reportMedian(name, samples, count) {
  samples.sort((a, b) => a - b);
  process.stderr.write(`bench ${name} ${samples[samples.length >> 1] / count}\n`);
}
