import { Refusal } from "./refusal.ts";

/** What a name in the tree stands for. */
export type FileNode =
  | { readonly kind: "directory"; readonly entries: Map<string, FileNode> }
  | { readonly kind: "file"; text: string; handleOfNamespaceInode?: number }
  | { readonly kind: "symlink"; readonly target: string };

/** The files of a machine, but for `/proc` and `/sys`, which are views of its state. */
export class FileTree {
  readonly root: FileNode & { kind: "directory" } = { kind: "directory", entries: new Map() };

  /**
   * Finds what a path names, without following a symbolic link at its end.
   *
   * @param path Absolute path.
   * @returns The node, or undefined where there is none.
   * @throws {Refusal} ENOTDIR if a part before the last is no folder.
   */
  find(path: string): FileNode | undefined {
    let node: FileNode = this.root;
    for (const part of path.split("/").filter((word) => word !== "")) {
      if (node.kind !== "directory") throw new Refusal("ENOTDIR");
      const next = node.entries.get(part);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }
}
