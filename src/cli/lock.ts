import { EXIT, ExitWith } from "./exit.ts";

/** Folder of what Berth keeps at run time; the kernel's own state is elsewhere. */
export const STATE_FOLDER = "/var/run/mesos";

const LOCK_FILE = `${STATE_FOLDER}/berth.lock`;

/** How long a command waits for another, and how often it looks, in milliseconds. */
const WAIT_MS = { limit: 30_000, interval: 20 };

/**
 * Takes the lock under which one command at a time changes the host.
 *
 * @returns The lock; disposing of it lets the next command in. The kernel does so by itself if this
 *   process dies.
 * @throws {ExitWith} If another command holds it for too long; the message names that one's
 * process.
 */
export async function lockHost(): Promise<Disposable> {
  await Deno.mkdir(STATE_FOLDER, { recursive: true });
  const file = await Deno.open(LOCK_FILE, { create: true, read: true, write: true });
  for (let waitedMs = 0; !(await file.tryLock(true)); waitedMs += WAIT_MS.interval) {
    if (waitedMs >= WAIT_MS.limit) {
      const holder = (await Deno.readTextFile(LOCK_FILE)).trim();
      file.close();
      throw new ExitWith(
        EXIT.failed,
        `Process ${holder || "unknown"} has been changing this host for ${
          WAIT_MS.limit / 1000
        } s; ` +
          "wait for it, or end it, then try again",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS.interval));
  }
  return await holding(file);
}

const AGENT_LOCK_FILE = `${STATE_FOLDER}/agent.lock`;

/**
 * Takes the lock of the one agent of a host.
 *
 * @returns The lock; the kernel lets go of it by itself if this process dies.
 * @throws {ExitWith} If another agent holds it; the message names that one's process.
 */
export async function lockAgent(): Promise<Disposable> {
  await Deno.mkdir(STATE_FOLDER, { recursive: true });
  const file = await Deno.open(AGENT_LOCK_FILE, { create: true, read: true, write: true });
  if (!(await file.tryLock(true))) {
    const holder = (await Deno.readTextFile(AGENT_LOCK_FILE)).trim();
    file.close();
    throw new ExitWith(
      EXIT.failed,
      `Process ${holder || "unknown"} is this host's agent already; ask it, or end it first`,
    );
  }
  return await holding(file);
}

/** Writes down who holds a lock. */
async function holding(file: Deno.FsFile): Promise<Disposable> {
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { [Symbol.dispose]: () => file.close() };
}
