import type { Machine } from "../model/machine.ts";
import type { NetworkNamespace } from "../model/namespace.ts";

/**
 * Names the namespaces of a machine by who holds them, which is the same on every machine of equal
 * state: `home`, `initial`, `pid:4711` by the lowest process id, or else the path of a handle.
 *
 * @param machine The machine.
 * @returns Its namespaces by name: the two of the machine itself first, then sorted by name.
 */
export function namespaceNames(machine: Machine): Map<string, NetworkNamespace> {
  const named = new Map<NetworkNamespace, string>();
  const name = (namespace: NetworkNamespace | undefined, text: string) => {
    if (namespace !== undefined && !named.has(namespace)) named.set(namespace, text);
  };
  name(machine.home, "home");
  name(machine.initial, "initial");
  const pids = [...machine.processes.keys()].sort((a, b) => a - b);
  for (const pid of pids) name(machine.processes.get(pid)?.namespace, `pid:${pid}`);
  const handles = [...machine.files.handles()].sort((a, b) => compareTexts(a.path, b.path));
  for (const { path, inode } of handles) name(machine.namespaceByInode(inode), path);
  const [own, others] = [true, false].map((isOwn) =>
    [...named].filter(([namespace]) =>
      (namespace === machine.home || namespace === machine.initial) === isOwn
    )
  );
  const sorted = (others ?? []).sort(([, a], [, b]) => compareTexts(a, b));
  return new Map([...own ?? [], ...sorted].map(([namespace, text]) => [text, namespace]));
}

/** @param a A text. @param b Another. @returns Their order by code units, the same everywhere. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
