/**
 * `ip netns`.
 *
 * @module
 */

import type { Output } from "../../../src/kernel/kernel_network.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { Refusal, strerror } from "../../model/refusal.ts";
import { STATUS_FAILED, STATUS_USAGE } from "../console.ts";
import { Listing } from "../listing.ts";
import {
  findNamespace,
  HANDLE_FOLDER,
  HANDLE_FOLDER_SHOWN,
  namedNamespace,
} from "../named_namespace.ts";
import { abbreviates } from "../words.ts";
import type { IpContext } from "./context.ts";

type Run = (args: readonly string[], context: IpContext) => void;

/** Names of the handles, the newest first, as a small folder in memory lists them. */
function handleNames({ namespace }: IpContext): string[] {
  return namespace.machine.files.readDirectory(HANDLE_FOLDER).reverse();
}

const list: Run = (_, context) => {
  const { console, namespace, options } = context;
  const listing = new Listing(options.isJson);
  for (const name of handleNames(context)) {
    const found = findNamespace(namespace.machine, name);
    const id = found instanceof Refusal ? undefined : namespace.peerIds.get(found);
    listing.begin();
    listing.field("name", name, name);
    if (id !== undefined) listing.field("id", id, ` (id: ${id})`);
    listing.text("\n");
    listing.end();
  }
  console.print(listing.finish());
};

const listIds: Run = (args, { console, namespace, options }) => {
  if (args.length > 0 || options.isJson) console.notModelled('"netns list-id" with words');
  for (const [other, id] of [...namespace.peerIds].sort(([, a], [, b]) => a - b)) {
    const name = nameOf(namespace, other);
    console.print(`nsid ${id} ${name === undefined ? "" : `(iproute2 netns name: ${name})`}\n`);
  }
};

/** The name of a namespace's handle, the newest where it has several. */
function nameOf(from: NetworkNamespace, namespace: NetworkNamespace): string | undefined {
  const { machine } = from;
  return machine.files.readDirectory(HANDLE_FOLDER).reverse()
    .find((name) => findNamespace(machine, name) === namespace);
}

function checkName(name: string, { console }: IpContext): void {
  if (name === "" || name.length > 255 || name.includes("/") || name === "." || name === "..") {
    console.exit(`Invalid netns name "${name}"\n`, STATUS_USAGE);
  }
}

/** Makes the file that a handle is mounted on. */
function makeHandleFile(name: string, { console, namespace }: IpContext): string {
  // Who entered a namespace by its name has mounts of its own, and a new handle stays there.
  if (namespace !== namespace.machine.home) console.notModelled("a handle made in a namespace");
  const path = `${HANDLE_FOLDER}/${name}`;
  const { files } = namespace.machine;
  if (files.find(path) !== undefined) {
    const shown = `${HANDLE_FOLDER_SHOWN}/${name}`;
    console.fail(`Cannot create namespace file "${shown}": ${strerror("EEXIST")}\n`);
  }
  files.writeFile(path, "");
  return path;
}

const add: Run = ([name], context) => {
  const { console, namespace: { machine } } = context;
  if (name === undefined) return console.fail("No netns name specified\n");
  const path = makeHandleFile(name, context);
  machine.files.mountNamespace(path, machine.makeNamespace().inode);
};

const attach: Run = ([name, pidText], context) => {
  const { console, namespace: { machine } } = context;
  if (name === undefined || pidText === undefined) {
    return console.fail("No netns name and PID specified\n");
  }
  if (!/^0*[1-9]\d*$/.test(pidText)) console.fail(`Invalid PID: ${pidText}\n`);
  const path = makeHandleFile(name, context);
  const process = machine.processes.get(Number(pidText));
  if (process === undefined) {
    machine.files.remove(path);
    return console.fail(
      `Bind /proc/${pidText}/ns/net -> ${HANDLE_FOLDER_SHOWN}/${name} failed: ` +
        `${strerror("ENOENT")}\n`,
    );
  }
  machine.files.mountNamespace(path, process.namespace.inode);
};

function deleteOne(name: string, { console, namespace: { machine } }: IpContext): void {
  const path = `${HANDLE_FOLDER}/${name}`;
  if (machine.files.find(path) === undefined) {
    const shown = `${HANDLE_FOLDER_SHOWN}/${name}`;
    console.fail(`Cannot remove namespace file "${shown}": ${strerror("ENOENT")}\n`);
  }
  const inode = machine.files.unmountNamespace(path);
  machine.files.remove(path);
  const namespace = inode === undefined ? undefined : machine.namespaceByInode(inode);
  if (namespace !== undefined) machine.releaseNamespace(namespace);
}

const remove: Run = (args, context) => {
  if (context.options.isForAll) {
    for (const name of handleNames(context)) deleteOne(name, context);
    return;
  }
  const [name] = args;
  if (name === undefined) return context.console.fail("No netns name specified\n");
  deleteOne(name, context);
};

const execute: Run = (args, context) => {
  const { console, namespace, options } = context;
  if (options.isForAll) {
    for (const name of handleNames(context)) {
      console.print(`\nnetns: ${name}\n`);
      // What becomes of the program in one of them is of no consequence.
      show(runIn(namedNamespace(namespace.machine, name, console), args, context), context);
    }
    return;
  }
  const [name, ...words] = args;
  if (name === undefined) return console.fail("No netns name specified\n");
  if (words.length === 0) return console.fail("No command specified\n");
  executeIn(namedNamespace(namespace.machine, name, console), words, context);
};

function executeIn(
  namespace: NetworkNamespace,
  words: readonly string[],
  context: IpContext,
): void {
  const result = runIn(namespace, words, context);
  show(result, context);
  if (result.status !== 0) context.console.fail("", result.status);
}

function runIn(
  namespace: NetworkNamespace,
  words: readonly string[],
  { execute }: IpContext,
): Output {
  const stderr = `exec of "${words[0]}" failed: ${strerror("ENOENT")}\n`;
  return execute(words, namespace) ?? { status: STATUS_FAILED, stdout: "", stderr };
}

function show({ stdout, stderr }: Output, { console }: IpContext): void {
  console.print(stdout);
  console.complain(stderr);
}

const pids: Run = ([name, ...more], { console, namespace: own }) => {
  const { machine } = own;
  if (name === undefined) return console.fail("No netns name specified\n");
  if (more.length > 0) return console.fail("extra arguments specified\n");
  const found = findNamespace(machine, name);
  if (found instanceof Refusal) {
    // The tool only opens the handle here, so that a file that is none is none of its business.
    if (found.errno === "EINVAL") return;
    return console.fail(`Cannot open network namespace: ${strerror(found.errno)}\n`);
  }
  // The tool would list itself.
  if (found === own) console.notModelled('"netns pids" from within');
  for (const { pid, namespace } of machine.processes.values()) {
    if (namespace === found) console.print(`${pid}\n`);
  }
};

const identify: Run = ([pidText], { console, namespace }) => {
  const process = namespace.machine.processes.get(Number(pidText));
  if (process === undefined) return console.notModelled(`"netns identify ${pidText ?? ""}"`);
  const name = nameOf(namespace, process.namespace);
  if (name !== undefined) console.print(`${name}\n`);
};

const set: Run = ([name], { console }) => {
  if (name === undefined) return console.fail("No netns name specified\n", STATUS_FAILED);
  console.notModelled('"netns set"');
};

/** Verbs; those of `ip netns` take no abbreviations but of `list` and `delete`. */
const VERBS: readonly (readonly [string, Run])[] = [
  ["list", list],
  ["show", list],
  ["lst", list],
  ["list-id", listIds],
  ["help", (_, { console }) => console.notModelled('"netns help"')],
  ["add", add],
  ["set", set],
  ["delete", remove],
  ["identify", identify],
  ["pids", pids],
  ["exec", execute],
  ["monitor", (_, { console }) => console.notModelled('"netns monitor"')],
  ["attach", attach],
];

/**
 * Runs `ip netns`.
 *
 * @param args The words behind `netns`.
 * @param context Where it works.
 */
export function ipNetns(args: readonly string[], context: IpContext): void {
  const [word, ...rest] = args;
  if (word === undefined) return list([], context);
  // The tool takes the word behind any verb for a name.
  if (!context.options.isForAll && rest[0] !== undefined) checkName(rest[0], context);
  for (const [name, run] of VERBS) {
    if (word === name || abbreviates(word, name)) return run(rest, context);
  }
  context.console.exit(`Command "${word}" is unknown, try "ip netns help".\n`);
}
