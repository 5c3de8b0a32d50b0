import type { Link } from "./link.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { updateLinkLocal } from "./inet6.ts";
import { invariant } from "./invariant.ts";
import { type LinuxErrno, Refusal } from "./refusal.ts";
import { INET6_CONF, INET_CONF, type SysctlKind, SYSCTLS } from "./sysctl_table.ts";

/** Where a dotted name leads. */
interface Entry {
  readonly key: string;
  readonly kind: SysctlKind;
  /** Whether one value serves every namespace, and only the first one shows it. */
  readonly isGlobal: boolean;
  /** Whether another namespace than the first may read it but not write it. */
  readonly isReadOnlyElsewhere: boolean;
}

const CONF = /^net\.(ipv4|ipv6)\.conf\.(.+)\.([a-z0-9_]+)$/;

/** Names taken apart before: the datapath asks for the same few with every packet. */
const CONF_NAMES = new Map<string, RegExpExecArray | null>();

function confOf(name: string): RegExpExecArray | null {
  const known = CONF_NAMES.get(name);
  if (known !== undefined) return known;
  const conf = CONF.exec(name);
  CONF_NAMES.set(name, conf);
  return conf;
}

/** The sysctls of one namespace, under their dotted names. */
export class Sysctls {
  readonly #namespace: NetworkNamespace;
  /** What was written; the rest stands at its default. */
  readonly #values: Map<string, string> = new Map();
  /** Per-link ones that were written for that link: a new `default` passes them over. */
  readonly #ownByLink: Set<string> = new Set();
  /** Links that keep what they have of IPv4, whatever becomes of `default`. */
  readonly #settledLinks: Set<string> = new Set();
  /** Numbers that were asked for since anything changed: every packet asks for some. */
  readonly #numbers: Map<string, number> = new Map();
  /** Answers of `largerOfAllAndLink` since anything changed, by key and name of the link. */
  readonly #larger: Map<string, Map<string, number>> = new Map();

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
    const entry = this.#find(name);
    if (entry === undefined) return undefined;
    const { machine } = this.#namespace;
    const shared = entry.isGlobal || entry.isReadOnlyElsewhere;
    if (shared && this.#namespace !== machine.initial) return machine.initial.sysctls.get(name);
    const stored = this.#values.get(name);
    if (stored !== undefined) return stored;
    return this.#default(name, entry);
  }

  /**
   * Tells whether the namespace shows a sysctl.
   *
   * @param name Dotted name.
   */
  has(name: string): boolean {
    const entry = this.#find(name);
    return entry !== undefined && (!entry.isGlobal || this.#isFirst());
  }

  /**
   * Tells whether a name leads to a folder of sysctls, or to what is not about networks.
   *
   * @param name Dotted name.
   */
  isFolder(name: string): boolean {
    const within = `${name}.`;
    if (/^(abi|debug|dev|fs|kernel|user|vm)\b/.test(name)) return true;
    const isPlace = /^net\.ipv[46]\.(conf(\.[^.]+)?|neigh(\.[^.]+)?|route)$/.test(name);
    return isPlace || [...SYSCTLS.keys()].some((known) => known.startsWith(within));
  }

  /**
   * Reads the first number of a value.
   *
   * @param name Dotted name.
   * @returns The number; 0 where there is no such sysctl.
   */
  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = Number(this.get(name)?.split("\t")[0] ?? 0);
    if (this.#isOwn(name)) this.#numbers.set(name, number);
    return number;
  }

  /**
   * Reads a per-link IPv4 sysctl as the kernel weighs it for most of them: the larger of `all`
   * and the link's own.
   *
   * @param key Last word of the name, such as `rp_filter`.
   * @param linkName Name of the link.
   */
  largerOfAllAndLink(key: string, linkName: string): number {
    let byLink = this.#larger.get(key);
    if (byLink === undefined) this.#larger.set(key, byLink = new Map());
    let larger = byLink.get(linkName);
    if (larger === undefined) {
      larger = Math.max(
        this.number(`net.ipv4.conf.all.${key}`),
        this.number(`net.ipv4.conf.${linkName}.${key}`),
      );
      byLink.set(linkName, larger);
    }
    return larger;
  }

  /**
   * Writes a value.
   *
   * @param name Dotted name.
   * @param text What is written.
   * @throws {Refusal} ENOENT for an unknown name, EINVAL for a value out of range, EACCES where
   * nobody may write.
   */
  set(name: string, text: string): void {
    const entry = this.#find(name);
    if (entry === undefined || (entry.isGlobal && !this.#isFirst())) throw new Refusal("ENOENT");
    if (entry.kind.type === "read-only") throw new Refusal("EACCES");
    if (entry.isReadOnlyElsewhere && !this.#isFirst()) throw new Refusal("EACCES");
    const value = normalise(text, entry.kind, this.get(name) ?? "");
    if (this.#wouldOverlap(name, value)) throw new Refusal("EINVAL");
    this.#forgetNumbers();
    const isChanged = this.get(name) !== value;
    this.#values.set(name, value);
    const conf = confOf(name);
    if (conf !== null) this.#confWritten(conf, value, isChanged);
    if (name === "net.ipv4.ip_forward" && isChanged) this.#forwardAll(value);
  }

  /** @param name Name of a link that was given an address: it keeps its settings from then on. */
  settleLink(name: string): void {
    this.#settledLinks.add(name);
  }

  /** @param name Name of a link that goes away. */
  forgetLink(name: string): void {
    this.#forgetNumbers();
    this.#settledLinks.delete(name);
    this.#eachOfLink(name, (key) => {
      this.#values.delete(key);
      this.#ownByLink.delete(key);
    });
  }

  /** @param oldName Name of a link until now. @param name Its new name. */
  renameLink(oldName: string, name: string): void {
    this.#forgetNumbers();
    if (this.#settledLinks.delete(oldName)) this.#settledLinks.add(name);
    this.#eachOfLink(oldName, (key) => {
      const value = this.#values.get(key);
      const isOwn = this.#ownByLink.delete(key);
      this.#values.delete(key);
      if (value === undefined) return;
      const renamed = key.replace(`.conf.${oldName}.`, `.conf.${name}.`);
      this.#values.set(renamed, value);
      if (isOwn) this.#ownByLink.add(renamed);
    });
  }

  /**
   * A new link starts with what `default` says now.
   *
   * @param link The link.
   */
  adoptDefaults(link: Link): void {
    this.#forgetNumbers();
    for (const [key, value] of this.#values) {
      const conf = confOf(key);
      if (conf === null || conf[2] !== "default") continue;
      this.#values.set(key.replace(".conf.default.", `.conf.${link.name}.`), value);
    }
  }

  /** Every value that is not the default, by name, sorted. */
  changed(): [string, string][] {
    return [...this.#values].filter(([name, value]) => {
      const entry = this.#find(name);
      return entry !== undefined && this.#default(name, entry) !== value;
    }).sort(([a], [b]) => a < b ? -1 : 1);
  }

  /** Ports that the kernel hands out must not be privileged. */
  #wouldOverlap(name: string, value: string): boolean {
    if (name === UNPRIVILEGED) return Number(value) > this.number(LOCAL_PORTS);
    return name === LOCAL_PORTS && parseInt(value) < this.number(UNPRIVILEGED);
  }

  /** Something changed: numbers are read anew. */
  #forgetNumbers(): void {
    this.#numbers.clear();
    this.#larger.clear();
  }

  #isFirst(): boolean {
    return this.#namespace === this.#namespace.machine.initial;
  }

  /** Whether a value is this namespace's own, so that no other one changes it. */
  #isOwn(name: string): boolean {
    const entry = this.#find(name);
    return entry !== undefined && !entry.isGlobal && !entry.isReadOnlyElsewhere;
  }

  #find(name: string): Entry | undefined {
    const conf = confOf(name);
    if (conf !== null) {
      const [, family, link = "", key = ""] = conf;
      const named = this.#namespace.linkByName(link);
      const isPlace = link === "all" || link === "default" ||
        (named !== undefined && (family === "ipv4" || named.mtu >= INET6_MTU_MIN));
      const kind = (family === "ipv4" ? INET_CONF : INET6_CONF).get(key);
      if (!isPlace || kind === undefined) return undefined;
      return { key, kind, isGlobal: false, isReadOnlyElsewhere: false };
    }
    const known = SYSCTLS.get(name);
    if (known === undefined) return undefined;
    const { kind, scope } = known;
    return {
      key: name,
      kind,
      isGlobal: scope === "machine",
      isReadOnlyElsewhere: scope === "shown everywhere",
    };
  }

  #default(name: string, entry: Entry): string {
    const conf = confOf(name);
    if (conf === null) return entry.kind.initial;
    const [, family, place = ""] = conf;
    if (family === "ipv4" && (place === "all" || place === "default") && !this.#isFirst()) {
      // A new namespace takes these from the first one.
      const own = place === "all" ? entry.kind.all : undefined;
      return this.#inherited.get(name) ?? own ?? entry.kind.initial;
    }
    const isLoopback = this.#namespace.linkByName(place)?.kind === "loopback";
    const byLink = isLoopback ? entry.kind.loopback : undefined;
    if (byLink !== undefined) return byLink;
    if (place === "all") return entry.kind.all ?? entry.kind.initial;
    if (place === "default" || family === "ipv6") return entry.kind.initial;
    return this.#isFirst() ? entry.kind.initial : this.#inherited.get(
      `net.ipv4.conf.default.${entry.key}`,
    ) ?? entry.kind.initial;
  }

  /** What the first namespace had under `all` and `default` when this one was made. */
  readonly #inherited: Map<string, string> = new Map();

  /** Takes over what new namespaces take from the first one. Called once, when it is made. */
  inherit(): void {
    this.#forgetNumbers();
    const first = this.#namespace.machine.initial.sysctls;
    invariant(first !== this, "the first namespace inherits from none");
    for (const [name, value] of first.#values) {
      if (/^net\.ipv4\.conf\.(all|default)\./.test(name)) this.#inherited.set(name, value);
    }
  }

  #eachOfLink(name: string, visit: (key: string) => void): void {
    for (const key of [...this.#values.keys()]) {
      if (key.includes(`.conf.${name}.`)) visit(key);
    }
  }

  #confWritten(conf: RegExpExecArray, value: string, isChanged: boolean): void {
    const [name, family = "", place = "", key = ""] = conf;
    if (place !== "all" && place !== "default") this.#ownByLink.add(name);
    if (place === "default" && family === "ipv4" && !KEPT_BY_LINKS.has(key)) {
      for (const link of this.#namespace.links) {
        const own = `net.ipv4.conf.${link.name}.${key}`;
        const isKept = this.#ownByLink.has(own) || this.#settledLinks.has(link.name);
        if (!isKept) this.#values.set(own, value);
      }
    }
    // What is written again is passed on to no link.
    if (name === "net.ipv4.conf.all.forwarding" && isChanged) this.#forwardAll(value);
    if (family === "ipv6" && key === "disable_ipv6") this.#ipv6Switched(place, value);
  }

  #forwardAll(value: string): void {
    this.#values.set("net.ipv4.ip_forward", value);
    for (const place of ["all", "default", ...this.#namespace.links.map((link) => link.name)]) {
      this.#values.set(`net.ipv4.conf.${place}.forwarding`, value);
    }
  }

  #ipv6Switched(place: string, value: string): void {
    const { links } = this.#namespace;
    if (place === "all") {
      this.#values.set("net.ipv6.conf.default.disable_ipv6", value);
      for (const link of links) {
        this.#values.set(`net.ipv6.conf.${link.name}.disable_ipv6`, value);
      }
    }
    for (const link of links) if (place === "all" || link.name === place) updateLinkLocal(link);
  }
}

const UNPRIVILEGED = "net.ipv4.ip_unprivileged_port_start";
const LOCAL_PORTS = "net.ipv4.ip_local_port_range";

/** Settings of which links keep what they have when the default changes. */
const KEPT_BY_LINKS: ReadonlySet<string> = new Set([
  "disable_policy",
  "disable_xfrm",
  "forwarding",
  "promote_secondaries",
  "route_localnet",
]);

/** Smallest MTU of a link that IPv6 works on, in bytes; below it, it has no settings of IPv6. */
export const INET6_MTU_MIN = 1280;

function refuse(errno: LinuxErrno): never {
  throw new Refusal(errno);
}

/** The kernel reads hexadecimal and octal numbers too, and none of more than 21 digits. */
function parseNumber(word: string): number | undefined {
  const [, sign, digits = ""] = /^(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(word) ?? [];
  if (digits === "" || word.length > 21) return undefined;
  const isOctal = /^0\d/.test(digits);
  if (isOctal && /[89]/.test(digits)) return undefined;
  const number = isOctal ? parseInt(digits, 8) : Number(digits);
  return sign === "-" ? -number : number;
}

/** Reads what is written as the kernel does, and gives what it would then show. */
function normalise(text: string, kind: SysctlKind, oldText: string): string {
  const trimmed = text.trim();
  if (kind.type === "text") {
    // A name that the kernel has no module for is not found.
    return kind.choices?.includes(trimmed) === false ? refuse("ENOENT") : trimmed;
  }
  const words = trimmed.split(/\s+/);
  const count = kind.type === "numbers" ? kind.count : 1;
  const numbers = words.slice(0, count).map((word) => parseNumber(word) ?? refuse("EINVAL"));
  const [min, max] = kind.type === "read-only" ? [0, 0] : kind.range;
  if (numbers.some((number) => number < min || number > max)) refuse("EINVAL");
  if (kind.type !== "numbers") return String(numbers[0] ?? refuse("EINVAL"));
  // What is not written stays as it is.
  const old = oldText.split("\t");
  const full = Array.from({ length: count }, (_, index) => numbers[index] ?? Number(old[index]));
  if (kind.isAscending && (full[0] ?? 0) > (full[1] ?? 0)) refuse("EINVAL");
  return full.join("\t");
}
