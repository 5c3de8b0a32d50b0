import { HostKernel } from "../../src/kernel/host_kernel.ts";

/**
 * Gives the middle of some numbers.
 *
 * @param numbers At least one.
 */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

/**
 * Reads an argument such as `--containers=100`.
 *
 * @param name Its name.
 * @param fallback What it is when left out.
 */
export function numberArgument(name: string, fallback: number): number {
  const begin = `--${name}=`;
  const given = Deno.args.find((argument) => argument.startsWith(begin));
  return given === undefined ? fallback : Number(given.slice(begin.length));
}

/**
 * Reads an argument such as `--ranges=1,4000`.
 *
 * @param name Its name.
 * @param fallback What it is when left out.
 */
export function numbersArgument(name: string, fallback: readonly number[]): readonly number[] {
  const begin = `--${name}=`;
  const given = Deno.args.find((argument) => argument.startsWith(begin));
  return given === undefined ? fallback : given.slice(begin.length).split(",").map(Number);
}

/** Says on what machine, under what load and when figures were taken. */
export async function machineLine(): Promise<string> {
  const kernel = new HostKernel();
  const cpus = navigator.hardwareConcurrency;
  const [version = ""] = (await kernel.readFile("/proc/version")).split(" (");
  const [load = ""] = (await kernel.readFile("/proc/loadavg")).split(" ");
  const date = new Date().toISOString().slice(0, 10);
  return `${cpus} CPUs, ${version}, load ${load}, Deno ${Deno.version.deno}, ${date}`;
}
