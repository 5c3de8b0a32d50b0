/**
 * Files of `/proc` and `/sys`: views of the model's state.
 *
 * @module
 */

import type { Machine } from "../model/machine.ts";
import { formatMac } from "../model/mac.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { Refusal } from "../model/refusal.ts";
import { formatSnmp } from "./snmp_file.ts";
import { formatSockstat } from "./sockstat_file.ts";
import { HANDLE_FOLDER, HANDLE_FOLDER_SHOWN } from "../tools/named_namespace.ts";

/** Where a view is looked at from. */
interface View {
  readonly machine: Machine;
  readonly namespace: NetworkNamespace;
}

/** A family of files: their paths, and how one is read. */
interface Family {
  readonly path: RegExp;
  readonly read: (view: View, parts: readonly string[]) => string;
}

/** All capabilities, as root has them. */
const STATUS_TEXT = "Name:\tberth\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n";

const FAMILIES: readonly Family[] = [
  { path: /^\/proc\/self\/status$/, read: () => STATUS_TEXT },
  { path: /^\/proc\/self\/mountinfo$/, read: ({ machine }) => mountinfo(machine) },
  {
    path: /^\/proc\/(?:self\/|(\d+)\/)?net\/snmp$/,
    read: ({ machine, namespace }, [pid]) => formatSnmp(namespaceOf(machine, namespace, pid)),
  },
  {
    path: /^\/proc\/(?:self\/|(\d+)\/)?net\/sockstat$/,
    read: ({ machine, namespace }, [pid]) => formatSockstat(namespaceOf(machine, namespace, pid)),
  },
  { path: /^\/proc\/sys\/(.+)$/, read: ({ namespace }, [path = ""]) => sysctl(namespace, path) },
  {
    path: /^\/sys\/class\/net\/([^/]+)\/(address|mtu|speed|ifindex)$/,
    read: ({ namespace }, [link = "", attribute = ""]) => linkFile(namespace, link, attribute),
  },
];

/**
 * Tells whether a path leads into `/proc` or `/sys`.
 *
 * @param path Absolute path.
 */
export function isView(path: string): boolean {
  return path.startsWith("/proc/") || path.startsWith("/sys/");
}

/**
 * Reads a view.
 *
 * @param view Where it is looked at from.
 * @param path Absolute path.
 * @throws {Refusal} ENOENT where the machine has no such file, EINVAL where it cannot be read.
 */
export function readView(view: View, path: string): string {
  for (const family of FAMILIES) {
    const match = family.path.exec(path);
    if (match !== null) return family.read(view, match.slice(1));
  }
  throw new Refusal("ENOENT");
}

/**
 * Reads where a link below `/proc` leads.
 *
 * @param view Where it is looked at from.
 * @param path Absolute path.
 * @throws {Refusal} ENOENT where there is no such process or link.
 */
export function readViewLink({ machine, namespace }: View, path: string): string {
  const who = /^\/proc\/(self|\d+)\/ns\/net$/.exec(path)?.[1];
  const wanted = who === "self" ? namespace : machine.processes.get(Number(who))?.namespace;
  if (wanted === undefined) throw new Refusal("ENOENT");
  return `net:[${wanted.inode}]`;
}

/** The namespace of a process, or the one that looks where none is named. */
function namespaceOf(
  machine: Machine,
  own: NetworkNamespace,
  pid: string | undefined,
): NetworkNamespace {
  const namespace = pid ? machine.processes.get(Number(pid))?.namespace : own;
  if (namespace === undefined) throw new Refusal("ENOENT");
  return namespace;
}

function sysctl(namespace: NetworkNamespace, path: string): string {
  const key = path.split("/").map((part) => part.replaceAll(".", "/")).join(".");
  if (!namespace.sysctls.has(key)) throw new Refusal("ENOENT");
  return `${namespace.sysctls.get(key) ?? ""}\n`;
}

/**
 * Writes a setting through its file.
 *
 * @param namespace Whose setting.
 * @param path Absolute path.
 * @param text The new value.
 * @throws {Refusal} ENOENT for an unknown file, EINVAL for a value out of range, EACCES where
 * nobody
 * may write.
 */
export function writeView(namespace: NetworkNamespace, path: string, text: string): void {
  if (!path.startsWith("/proc/sys/")) throw new Refusal("EACCES");
  const key = path.slice("/proc/sys/".length).split("/")
    .map((part) => part.replaceAll(".", "/")).join(".");
  namespace.sysctls.set(key, text.trim());
}

function linkFile(namespace: NetworkNamespace, name: string, attribute: string): string {
  const link = namespace.linkByName(name);
  if (link === undefined) throw new Refusal("ENOENT");
  if (attribute === "address") return `${formatMac(link.mac)}\n`;
  if (attribute === "mtu") return `${link.mtu}\n`;
  if (attribute === "ifindex") return `${link.index}\n`;
  const speed = link.reportedSpeedMbitPerSecond;
  if (speed === undefined) throw new Refusal("EINVAL");
  return `${speed}\n`;
}

/** Mounts of folders, and of namespaces on their handles; numbers that nobody reads are made up. */
function mountinfo(machine: Machine): string {
  const folders = [...machine.mounts.folders].map(([path, { isShared }], i) =>
    `${100 + i} 1 0:39 / ${path} rw,relatime ${isShared ? `shared:${i + 1} ` : ""}- tmpfs tmpfs rw`
  );
  const handles = machine.files.readDirectory(HANDLE_FOLDER).flatMap((name, i) => {
    const node = machine.files.find(`${HANDLE_FOLDER}/${name}`);
    const inode = node?.kind === "file" ? node.namespaceInode : undefined;
    if (inode === undefined) return [];
    const path = `${HANDLE_FOLDER_SHOWN}/${name}`;
    return [`${200 + i} 100 0:4 net:[${inode}] ${path} rw shared:${i + 50} - nsfs nsfs rw`];
  });
  return [...folders, ...handles].map((line) => `${line}\n`).join("");
}
