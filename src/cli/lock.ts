import { EXIT, ExitWith } from "./exit.ts";

/** Folder of what Berth keeps at run time; the kernel's own state is elsewhere. */
export const STATE_FOLDER = "/var/run/mesos";

const LOCK_FILE = "berth.lock";
const AGENT_LOCK_FILE = "agent.lock";

/** How long a command waits for another, and how often it looks, in milliseconds. */
const LIMIT_MS = 30_000;
const INTERVAL_MS = 20;

/** Most of a command that is shown to others, in characters. */
const COMMAND_MAX = 80;

/** How a lock is taken. */
export interface LockOptions {
  /** Folder of the lock's file; {@linkcode STATE_FOLDER} when left out. */
  readonly folder?: string;
  /** How long to wait for whoever holds it, in milliseconds; 30,000 when left out. */
  readonly limitMs?: number;
}

/**
 * Takes the lock under which one command at a time changes the host.
 *
 * @param options What differs from the defaults.
 * @returns The lock; disposing of it lets the next command in. The kernel does so by itself if this
 *   process dies.
 * @throws {ExitWith} If another command holds it for too long; the message names that one and its
 *   process.
 */
export async function lockHost(
  { folder = STATE_FOLDER, limitMs = LIMIT_MS }: LockOptions = {},
): Promise<Disposable> {
  const file = await openLock(folder, LOCK_FILE);
  for (let waitedMs = 0; !(await file.tryLock(true)); waitedMs += INTERVAL_MS) {
    if (waitedMs >= limitMs) {
      file.close();
      throw new ExitWith(
        EXIT.failed,
        `${await holderOf(folder, LOCK_FILE)} has been changing this host for more than ${
          limitMs / 1000
        } s; wait for it, or end it, then try again`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  return await holding(file);
}

/**
 * Takes the lock of the one agent of a host.
 *
 * @param options What differs from the defaults; nobody waits for an agent to end.
 * @returns The lock; the kernel lets go of it by itself if this process dies.
 * @throws {ExitWith} If another agent holds it; the message names that one's process.
 */
export async function lockAgent(
  { folder = STATE_FOLDER }: LockOptions = {},
): Promise<Disposable> {
  const file = await openLock(folder, AGENT_LOCK_FILE);
  if (!(await file.tryLock(true))) {
    file.close();
    throw new ExitWith(
      EXIT.failed,
      `${await holderOf(
        folder,
        AGENT_LOCK_FILE,
      )} is this host's agent already; ask it, or end it ` +
        "first",
    );
  }
  return await holding(file);
}

async function openLock(folder: string, name: string): Promise<Deno.FsFile> {
  await Deno.mkdir(folder, { recursive: true });
  return await Deno.open(`${folder}/${name}`, { create: true, read: true, write: true });
}

/** Names whoever holds a lock: the process, and what it was asked to do. */
async function holderOf(folder: string, name: string): Promise<string> {
  const text = (await Deno.readTextFile(`${folder}/${name}`)).trim();
  const [pid, ...command] = text.split(" ");
  if (pid === undefined || pid === "") return "Another process";
  return `Process ${pid}${command.length === 0 ? "" : ` (${command.join(" ")})`}`;
}

/** Writes down who holds a lock, without options, whose values are nobody else's business. */
async function holding(file: Deno.FsFile): Promise<Disposable> {
  const option = Deno.args.findIndex((word) => word.startsWith("-"));
  const words = Deno.args.slice(0, option === -1 ? undefined : option).join(" ");
  const command = `berth ${words}`.replace(/[^\x20-\x7e]/g, "?").trim().slice(0, COMMAND_MAX);
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid} ${command}\n`));
  return { [Symbol.dispose]: () => file.close() };
}
