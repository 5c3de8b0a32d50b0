import { ALL_FEATURES, type Feature } from "../model/features.ts";
import type { Link } from "../model/link.ts";
import { addLink } from "../model/link_making.ts";
import { setCable } from "../model/link_state.ts";
import { parseMac } from "../model/mac.ts";
import { type Clock, Machine, type Random } from "../model/machine.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { restoreRoot } from "../model/filter_restore.ts";
import { isTool, runTool } from "../tools/run_tool.ts";
import { parseClassHandle, parseU32Handle } from "../tools/tc/handles.ts";
import { parseProtocol } from "../tools/tc/protocol.ts";
import { dumpWords } from "./dump_line.ts";

/** What a dump does not hold: where a machine gets its time and its chance from. */
export interface LoadOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes the machine that a dump describes.
 *
 * @param dump What `dumpMachine` wrote, or a text like it: empty lines and those that begin with
 * `#` are passed over.
 * @param options The machine's clock and chance.
 * @throws {SyntaxError} If a line cannot be read or its command fails, with the line.
 */
export function loadMachine(dump: string, options: LoadOptions): Machine {
  const lines = dump.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const [first = "", ...rest] = lines;
  const loader = new MachineLoader(readMachine(first, options));
  for (const line of rest) loader.apply(line);
  return loader.machine;
}

function readMachine(line: string, options: LoadOptions): Machine {
  const [verb, name = "", ...words] = dumpWords(line);
  if (verb !== "machine") throw new SyntaxError(`A dump begins with "machine", not "${line}"`);
  const texts = pairs(words, line);
  const names = new Set((texts.get("features") ?? "").split(","));
  return new Machine({
    ...options,
    name,
    cpuCount: Number(texts.get("cpus") ?? 2),
    isSandboxed: texts.get("sandboxed") === "yes",
    features: new Set<Feature>([...ALL_FEATURES].filter((feature) => names.has(feature))),
  });
}

/** Reads keys and values in turns. */
function pairs(words: readonly string[], line: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const [key, value] = words.slice(at);
    if (key === undefined || value === undefined) {
      throw new SyntaxError(`A value is missing in "${line}"`);
    }
    texts.set(key, value);
  }
  return texts;
}

/** Carries the lines of a dump out, one after another. */
export class MachineLoader {
  /** The machine as far as it is made. */
  readonly machine: Machine;
  readonly #namespaces = new Map<string, NetworkNamespace>();
  #current: NetworkNamespace;

  /** @param machine A fresh machine. */
  constructor(machine: Machine) {
    this.machine = machine;
    this.#current = machine.home;
    this.#namespaces.set("initial", machine.initial);
    this.#namespaces.set("home", machine.home);
  }

  /**
   * Carries a line out.
   *
   * @param line The line.
   * @throws {SyntaxError} If it cannot be read or its command fails.
   */
  apply(line: string): void {
    const [verb = "", ...words] = dumpWords(line);
    const act = this.#verbs[verb];
    if (act !== undefined) return act(words, line);
    if (!isTool(verb)) throw new SyntaxError(`A dump cannot say "${line}"`);
    const { status, stderr } = runTool({ tool: verb, args: words, namespace: this.#current });
    if (status !== 0) throw new SyntaxError(`"${line}" failed: ${stderr.trim()}`);
  }

  /** @param name Name of a namespace in the dump. @returns The namespace of this machine. */
  namespace(name: string): NetworkNamespace {
    const known = this.#namespaces.get(name);
    if (known === undefined) throw new SyntaxError(`A dump has no namespace "${name}"`);
    return known;
  }

  /** What a dump says that no tool can. */
  readonly #verbs: Readonly<Record<string, (words: readonly string[], line: string) => void>> = {
    namespace: ([name = ""]) => this.#current = this.namespace(name),
    process: ([pid = "", name = "", place = ""]) => {
      const namespace = place === "new" ? "new" : this.namespace(place);
      const process = this.machine.startProcess({ pid: Number(pid), name, namespace });
      if (place === "new") this.#namespaces.set(`pid:${pid}`, process.namespace);
    },
    handle: ([path = "", place = ""]) => {
      const { files } = this.machine;
      const namespace = place === "new" ? this.machine.makeNamespace() : this.namespace(place);
      if (place === "new") this.#namespaces.set(path, namespace);
      files.writeFile(path, "");
      files.mountNamespace(path, namespace.inode);
    },
    netnsid: ([name = "", id = ""]) => this.#current.peerIds.set(this.namespace(name), Number(id)),
    mkdir: ([path = ""]) => this.machine.files.makeDirectory(path),
    ln: ([target = "", path = ""]) => this.machine.files.symlink(target, path),
    file: ([path = "", text = ""]) => this.machine.files.writeFile(path, text),
    rm: ([path = ""]) => this.machine.files.remove(path),
    card: ([name = "", ...words], line) => this.#addCard(name, pairs(words, line)),
    "u32-root": ([name = "", ...words], line) => {
      const texts = pairs(words, line);
      restoreRoot(this.#link(name), {
        parent: parseClassHandle(texts.get("parent") ?? "") ?? 0,
        protocol: parseProtocol(texts.get("protocol") ?? "") ?? 0,
        priority: Number(texts.get("prio")),
        handle: parseU32Handle(texts.get("handle") ?? "") ?? 0,
      });
    },
    "lost-target": ([index = ""]) => {
      const action = this.#current.actions.get("mirred")?.actions.get(Number(index));
      if (action?.parameters.kind !== "mirred") return;
      action.change({ ...action.parameters, target: undefined });
    },
  };

  #link(name: string): Link {
    const link = this.#current.linkByName(name);
    if (link === undefined) throw new SyntaxError(`A dump has no link "${name}" where it names it`);
    return link;
  }

  #addCard(name: string, texts: ReadonlyMap<string, string>): void {
    const link = addLink("physical", {
      namespace: this.#current,
      name,
      index: Number(texts.get("index")),
      mac: parseMac(texts.get("address") ?? ""),
      mtu: Number(texts.get("mtu")),
      txQueueLength: undefined,
    });
    const speed = texts.get("speed");
    if (speed !== undefined) link.speedMbitPerSecond = Number(speed);
    if (texts.get("cable") === "out") setCable(link, false);
  }
}
