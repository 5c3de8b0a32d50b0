import { Refusal } from "./refusal.ts";

/** A folder. */
export interface DirectoryNode {
  readonly kind: "directory";
  /** What is in it, by name, in the order of its making. */
  readonly entries: Map<string, FileNode>;
}

/** A file. One that a namespace is mounted on is a handle: it keeps the namespace alive. */
export interface RegularNode {
  readonly kind: "file";
  text: string;
  /** Inode number of the namespace that is mounted on it. */
  namespaceInode: number | undefined;
}

/** A symbolic link. */
export interface SymlinkNode {
  readonly kind: "symlink";
  readonly target: string;
}

/** What a name in the tree stands for. */
export type FileNode = DirectoryNode | RegularNode | SymlinkNode;

const SYMLINKS_MAX = 40;

/** Where a path ends: the folder, the name in it, and what is there. */
interface Place {
  readonly folder: DirectoryNode;
  readonly name: string;
  readonly node: FileNode | undefined;
}

/** The files of a machine, but for `/proc` and `/sys`, which are views of its state. */
export class FileTree {
  readonly #root: DirectoryNode = { kind: "directory", entries: new Map() };
  readonly #handleCounts: Map<number, number> = new Map();

  /** Makes the folders that every machine has; `/var/run` leads to `/run`. */
  constructor() {
    for (const path of ["/run/netns", "/var", "/tmp"]) this.makeDirectory(path);
    this.symlink("/run", "/var/run");
  }

  /**
   * Tells whether a file is a handle of a namespace.
   *
   * @param inode Inode number of the namespace.
   */
  hasHandleOf(inode: number): boolean {
    return (this.#handleCounts.get(inode) ?? 0) > 0;
  }

  /** Every handle of a namespace: where it is, and the namespace's inode number. */
  *handles(): Generator<{ readonly path: string; readonly inode: number }> {
    for (const { path, node } of this.nodes()) {
      if (node.kind !== "file" || node.namespaceInode === undefined) continue;
      yield { path, inode: node.namespaceInode };
    }
  }

  /** Everything below the root, a folder before what is in it, in the order of its making. */
  *nodes(): Generator<{ readonly path: string; readonly node: FileNode }> {
    yield* below("", this.#root);
  }

  /**
   * Finds what a path names, following symbolic links on the way and at its end.
   *
   * @param path Absolute path.
   * @returns The node, or undefined where there is none.
   * @throws {Refusal} ENOTDIR if a part before the last is no folder, ELOOP for endless links.
   */
  find(path: string): FileNode | undefined {
    return this.#locate(path, true)?.node;
  }

  /**
   * Reads a file.
   *
   * @param path Absolute path.
   * @throws {Refusal} ENOENT, ENOTDIR or EISDIR.
   */
  readFile(path: string): string {
    const node = this.find(path);
    if (node === undefined) throw new Refusal("ENOENT");
    if (node.kind !== "file") throw new Refusal("EISDIR");
    if (node.namespaceInode !== undefined) throw new Refusal("EINVAL");
    return node.text;
  }

  /**
   * Writes a file, and makes it if there is none.
   *
   * @param path Absolute path.
   * @param text Its new content.
   * @throws {Refusal} ENOENT, ENOTDIR or EISDIR.
   */
  writeFile(path: string, text: string): void {
    const { folder, name, node } = this.#place(path, true);
    if (node === undefined) folder.entries.set(name, newFile(text));
    else if (node.kind === "directory") throw new Refusal("EISDIR");
    else if (node.kind === "file") {
      if (node.namespaceInode !== undefined) throw new Refusal("EINVAL");
      node.text = text;
    }
  }

  /**
   * Lists a folder.
   *
   * @param path Absolute path.
   * @returns The names in it, in the order of their making.
   * @throws {Refusal} ENOENT or ENOTDIR.
   */
  readDirectory(path: string): string[] {
    const node = this.find(path);
    if (node === undefined) throw new Refusal("ENOENT");
    if (node.kind !== "directory") throw new Refusal("ENOTDIR");
    return [...node.entries.keys()];
  }

  /**
   * Makes a folder and those above it.
   *
   * @param path Absolute path.
   * @throws {Refusal} ENOTDIR or EEXIST where a file is in the way.
   */
  makeDirectory(path: string): void {
    let done = "";
    for (const part of partsOf(path)) {
      done += `/${part}`;
      const { folder, name, node } = this.#place(done, true);
      if (node === undefined) folder.entries.set(name, { kind: "directory", entries: new Map() });
      else if (node.kind !== "directory") {
        throw new Refusal(done === path ? "EEXIST" : "ENOTDIR");
      }
    }
  }

  /**
   * Makes a symbolic link.
   *
   * @param target What it leads to; it need not exist.
   * @param path Absolute path of the link.
   * @throws {Refusal} EEXIST, ENOENT or ENOTDIR.
   */
  symlink(target: string, path: string): void {
    const { folder, name, node } = this.#place(path, false);
    if (node !== undefined) throw new Refusal("EEXIST");
    folder.entries.set(name, { kind: "symlink", target });
  }

  /**
   * Reads what a symbolic link leads to.
   *
   * @param path Absolute path of the link.
   * @throws {Refusal} ENOENT, ENOTDIR, or EINVAL where it is no link.
   */
  readLink(path: string): string {
    const node = this.#locate(path, false)?.node;
    if (node === undefined) throw new Refusal("ENOENT");
    if (node.kind !== "symlink") throw new Refusal("EINVAL");
    return node.target;
  }

  /**
   * Removes a file, a symbolic link or an empty folder.
   *
   * @param path Absolute path.
   * @throws {Refusal} ENOENT, ENOTDIR, ENOTEMPTY, or EBUSY where a namespace is mounted on it.
   */
  remove(path: string): void {
    const place = this.#locate(path, false);
    if (place?.node === undefined) throw new Refusal("ENOENT");
    const { folder, name, node } = place;
    if (node.kind === "directory" && node.entries.size > 0) throw new Refusal("ENOTEMPTY");
    if (node.kind === "file" && node.namespaceInode !== undefined) throw new Refusal("EBUSY");
    folder.entries.delete(name);
  }

  /**
   * Mounts a namespace on a file.
   *
   * @param path Absolute path of the file.
   * @param inode Inode number of the namespace.
   * @throws {Refusal} ENOENT, or EINVAL where it is no file.
   */
  mountNamespace(path: string, inode: number): void {
    const node = this.find(path);
    if (node === undefined) throw new Refusal("ENOENT");
    if (node.kind !== "file") throw new Refusal("EINVAL");
    this.unmountNamespace(path);
    node.namespaceInode = inode;
    this.#handleCounts.set(inode, (this.#handleCounts.get(inode) ?? 0) + 1);
  }

  /**
   * Takes a namespace off a file.
   *
   * @param path Absolute path of the file.
   * @returns Inode number of the namespace; undefined where none was mounted.
   */
  unmountNamespace(path: string): number | undefined {
    const node = this.find(path);
    const inode = node?.kind === "file" ? node.namespaceInode : undefined;
    if (node?.kind !== "file" || inode === undefined) return undefined;
    node.namespaceInode = undefined;
    this.#handleCounts.set(inode, (this.#handleCounts.get(inode) ?? 1) - 1);
    return inode;
  }

  #place(path: string, follow: boolean): Place {
    const place = this.#locate(path, follow);
    if (place === undefined) throw new Refusal("ENOENT");
    return place;
  }

  /** Undefined where a folder on the way is missing. */
  #locate(path: string, follow: boolean): Place | undefined {
    let parts = partsOf(path);
    let folder = this.#root;
    const above: DirectoryNode[] = [];
    for (let links = 0; parts.length > 0;) {
      const [name = "", ...rest] = parts;
      parts = rest;
      if (name === "..") {
        folder = above.pop() ?? this.#root;
        continue;
      }
      const node = folder.entries.get(name);
      if (node?.kind === "symlink" && (follow || rest.length > 0)) {
        if (++links > SYMLINKS_MAX) throw new Refusal("ELOOP");
        parts = [...partsOf(node.target), ...rest];
        if (node.target.startsWith("/")) {
          folder = this.#root;
          above.length = 0;
        }
        continue;
      }
      if (parts.length === 0) return { folder, name, node };
      if (node === undefined) return undefined;
      if (node.kind !== "directory") throw new Refusal("ENOTDIR");
      above.push(folder);
      folder = node;
    }
    return { folder: above.at(-1) ?? this.#root, name: "", node: folder };
  }
}

function* below(
  path: string,
  folder: DirectoryNode,
): Generator<{ readonly path: string; readonly node: FileNode }> {
  for (const [name, node] of folder.entries) {
    yield { path: `${path}/${name}`, node };
    if (node.kind === "directory") yield* below(`${path}/${name}`, node);
  }
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function newFile(text: string): RegularNode {
  return { kind: "file", text, namespaceInode: undefined };
}
