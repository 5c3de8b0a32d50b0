/** Names qdisc handles that a kernel chose: it counts them up from its boot, for all namespaces. */
export class QdiscHandles {
  readonly #names = new Map<string, string>();

  /** @param text What a tool wrote. @returns The same for every run. */
  normalise(text: string): string {
    return text.replace(/\b(8[0-9a-f]{3}):/g, (_, major: string) => {
      const name = this.#names.get(major) ?? `{handle ${this.#names.size + 1}}`;
      this.#names.set(major, name);
      return `${name}:`;
    });
  }
}
