import { output } from "../../../src/cli/demo/sandbox.ts";

/** What must not grow, whatever happens on a host. */
export interface Reading {
  /** Links of the host's namespace. */
  readonly links: number;
  /** Handles of namespaces. */
  readonly namespaces: number;
  /** Mounts. */
  readonly mounts: number;
  /** Open files of this process. */
  readonly files: number;
  /** Processes that this one started and that run. */
  readonly processes: number;
  /** Memory of this process in bytes. */
  readonly memoryBytes: number;
}

/** Programs whose lines of output are counted, by what they count. */
const LINES: Readonly<Record<Exclude<keyof Reading, "memoryBytes">, readonly string[]>> = {
  links: ["ip", "-o", "link", "show"],
  namespaces: ["/usr/bin/ls", "-U", "/run/netns"],
  mounts: ["/usr/bin/cat", "/proc/self/mountinfo"],
  files: ["/usr/bin/ls", "-U", `/proc/${Deno.pid}/fd`],
  processes: ["ps", "--no-headers", "--ppid", String(Deno.pid), "-o", "pid"],
};

/**
 * Reads all gauges.
 *
 * @throws {Error} If one cannot be read.
 */
export async function readGauges(): Promise<Reading> {
  const counts: Record<string, number> = {};
  for (const [name, words] of Object.entries(LINES)) {
    const { status, stdout, stderr } = await output(words);
    if (status !== 0) throw new Error(`"${words.join(" ")}" failed: ${stderr}`);
    counts[name] = stdout.split("\n").length - 1;
  }
  const { links = 0, namespaces = 0, mounts = 0, files = 0, processes = 0 } = counts;
  return { links, namespaces, mounts, files, processes, memoryBytes: Deno.memoryUsage().rss };
}

/**
 * Says in which counts two readings differ; memory is judged over time instead.
 *
 * @param before What was read at the beginning.
 * @param after What was read at the end.
 * @returns One sentence for each.
 */
export function differences(before: Reading, after: Reading): string[] {
  return Object.keys(LINES).flatMap((name) => {
    const [was, is] = [before, after].map((reading) => Object.entries(reading))
      .map((entries) => entries.find(([key]) => key === name)?.[1]);
    return was === is ? [] : [`${name}: ${was} at the beginning, ${is} at the end`];
  });
}
