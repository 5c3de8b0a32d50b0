import type { NetworkNamespace } from "./namespace.ts";

/** The sysctls of one namespace, under their dotted names. */
export class Sysctls {
  readonly #namespace: NetworkNamespace;
  readonly #values: Map<string, string> = new Map();

  /** @param namespace Whose they are. */
  constructor(namespace: NetworkNamespace) {
    this.#namespace = namespace;
  }

  /**
   * Reads a value as a command would print it.
   *
   * @param name Dotted name, such as `net.ipv4.ip_forward`.
   * @returns The value, or undefined where there is no such sysctl.
   */
  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /**
   * Reads the first number of a value.
   *
   * @param name Dotted name.
   * @returns The number; 0 where there is no such sysctl.
   */
  number(name: string): number {
    return Number(this.get(name)?.split("\t")[0] ?? 0);
  }

  /**
   * Reads a per-link IPv4 sysctl as the kernel weighs it for most of them: the larger of `all`
   * and the link's own.
   *
   * @param key Last word of the name, such as `rp_filter`.
   * @param linkName Name of the link.
   */
  largerOfAllAndLink(key: string, linkName: string): number {
    return Math.max(
      this.number(`net.ipv4.conf.all.${key}`),
      this.#namespace.linkByName(linkName)?.inetConf.get(key) ?? 0,
    );
  }
}
