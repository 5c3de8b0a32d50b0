import { runTool, startProgram } from "../kernel/process.ts";
import { EXIT, ExitWith } from "./exit.ts";
import { STATE_FOLDER } from "./lock.ts";

/** A program that waits in namespaces of its own until it is let go. */
export interface Launch {
  /** Its process id, which stays the same when it is let go. */
  readonly pid: number;
  /** Lets it go. */
  release(): Promise<void>;
  /**
   * Passes a signal on to it.
   *
   * @param signal The signal.
   */
  signal(signal: Deno.Signal): void;
  /**
   * Waits for it to end.
   *
   * @returns Its exit status, or 128 and a signal's number where that ended it.
   */
  wait(): Promise<number>;
}

/** How long the kernel may take to make the namespaces, and how often to look, in milliseconds. */
const START_MS = { limit: 10_000, interval: 2 };

/** Signals by number, for the exit status of a program that one of them ended. */
const SIGNAL_NUMBERS: Partial<Record<Deno.Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

/**
 * Starts a program in a network and a mount namespace of its own, where it waits.
 *
 * It waits for a lock on a file, held by this process, and then becomes the program: the process
 * that the namespaces and the network belong to is the program itself. If this process is killed,
 * so is the program, since nobody would be left to clean up behind it. The program inherits the
 * lock's file descriptor.
 *
 * @param id The container's id, which names the file.
 * @param words The program and its arguments.
 * @throws {ExitWith} If the namespaces cannot be made.
 */
export async function launch(id: string, words: readonly string[]): Promise<Launch> {
  await Deno.mkdir(STATE_FOLDER, { recursive: true });
  const gatePath = `${STATE_FOLDER}/gate-${id}`;
  const gate = await Deno.open(gatePath, { create: true, write: true });
  await gate.lock(true);
  const child = startProgram([
    ...["setpriv", "--pdeathsig", "KILL"],
    ...["unshare", "--net", "--mount", "--propagation", "slave"],
    ...["flock", "--no-fork", gatePath],
    ...words,
  ]);
  const open = async () => {
    gate.close();
    await Deno.remove(gatePath);
  };
  try {
    await waitForNamespace(child);
  } catch (error) {
    tryKill(child, "SIGKILL");
    await open();
    throw error;
  }
  return {
    pid: child.pid,
    release: open,
    signal: (signal) => tryKill(child, signal),
    wait: async () => {
      const { code, signal } = await child.status;
      return signal === null ? code : EXIT.signalBase + (SIGNAL_NUMBERS[signal] ?? 0);
    },
  };
}

async function waitForNamespace(child: Deno.ChildProcess): Promise<void> {
  let ended: Deno.CommandStatus | undefined;
  child.status.then((status) => ended = status);
  for (let waitedMs = 0; waitedMs < START_MS.limit; waitedMs += START_MS.interval) {
    if (ended !== undefined) break;
    if (await isWaiting(child.pid)) return;
    await new Promise((resolve) => setTimeout(resolve, START_MS.interval));
  }
  throw new ExitWith(
    EXIT.failed,
    "The program's namespaces could not be made; run as root, and see what unshare says",
  );
}

/** Once the process has become `flock`, its namespaces are made. */
async function isWaiting(pid: number): Promise<boolean> {
  const { stdout } = await runTool(["/usr/bin/readlink", `/proc/${pid}/exe`], {
    stdin: "",
    timeoutMs: START_MS.limit,
  });
  return stdout.trim().endsWith("/flock");
}

function tryKill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    // It ended a moment ago, and its status tells how.
  }
}
