import type { FileNode } from "../model/file_tree.ts";
import type { Machine } from "../model/machine.ts";
import { dumpLine } from "./dump_line.ts";
import { compareTexts } from "./namespace_names.ts";

/**
 * Writes the files of a machine beyond those that another one has.
 *
 * @param machine The machine.
 * @param made One that is made from the dump so far; handles of namespaces are there.
 */
export function* fileLines(machine: Machine, made: Machine): Generator<string> {
  const present = new Set([...made.files.nodes()].map(({ path }) => path));
  const wanted = [...machine.files.nodes()].sort((a, b) => compareTexts(a.path, b.path));
  for (const path of [...present].sort(compareTexts).reverse()) {
    if (!wanted.some((each) => each.path === path)) yield dumpLine("rm", path);
  }
  for (const { path, node } of wanted) {
    if (!present.has(path)) yield fileLine(path, node);
  }
}

function fileLine(path: string, node: FileNode): string {
  switch (node.kind) {
    case "directory":
      return dumpLine("mkdir", path);
    case "symlink":
      return dumpLine("ln", node.target, path);
    case "file":
      return dumpLine("file", path, node.text);
  }
}

/**
 * Writes the folders that a machine made mounts of their own.
 *
 * @param machine The machine.
 * @param made One that is made from the dump so far.
 */
export function* mountLines(machine: Machine, made: Machine): Generator<string> {
  for (const [path, { isShared }] of machine.mounts.folders) {
    if (!made.mounts.folders.has(path)) yield dumpLine("mount", "--bind", path, path);
    if (isShared) yield dumpLine("mount", "--make-shared", path);
  }
}
