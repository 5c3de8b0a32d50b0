/** Mounts that a machine made of folders, as `/proc/self/mountinfo` lists them. */
export class Mounts {
  readonly #folders = new Map<string, { isShared: boolean }>();

  /** The folders that are mounts of their own, and whether changes below them reach copies. */
  get folders(): ReadonlyMap<string, { readonly isShared: boolean }> {
    return this.#folders;
  }

  /** @param path A folder that becomes a mount of its own. */
  bind(path: string): void {
    this.#folders.set(withoutSymlink(path), { isShared: false });
  }

  /**
   * Makes a mount share its changes.
   *
   * @param path The folder.
   * @returns Whether it is a mount of its own.
   */
  share(path: string): boolean {
    const mount = this.#folders.get(withoutSymlink(path));
    if (mount === undefined) return false;
    mount.isShared = true;
    return true;
  }
}

/** `/var/run` leads to `/run` on every machine. */
function withoutSymlink(path: string): string {
  return path.replace(/^\/var\/run(?=\/|$)/, "/run");
}
