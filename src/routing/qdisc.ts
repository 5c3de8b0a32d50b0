import { type Command, look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { formatHandle, type Handle, INGRESS, isHandle, parseHandle } from "./handle.ts";
import { asObjects, type JsonObject, ListingError, parseJson, textOf } from "./json.ts";
import { linkName } from "./link.ts";

/** A qdisc to be made, in the tool's own words. */
export interface QdiscSpec {
  /** Name of the link it belongs to. */
  readonly link: string;
  /** The class it hangs under, or the root of the link. */
  readonly parent: "root" | Handle;
  /** Its own handle. */
  readonly handle: Handle;
  /** Its kind: `htb`, `fq_codel`, `pfifo`. */
  readonly kind: string;
  /** Words of its kind, such as `default 1`. */
  readonly options?: readonly string[];
}

/** A qdisc that the kernel holds. */
export interface Qdisc {
  /** Name of the link it belongs to. */
  readonly link: string;
  /** Its kind. */
  readonly kind: string;
  /** Its handle; `0:` for those that the kernel made by itself. */
  readonly handle: string;
  /** The class it hangs under; `root` for the root of the link. */
  readonly parent: string;
}

/**
 * Makes a link's ingress qdisc, on which filters see every packet that arrives.
 *
 * @param link Name of the link.
 */
export function addIngress(link: string): Command {
  return { tool: "tc", words: ["qdisc", "add", "dev", linkName(link), "ingress"] };
}

/**
 * Deletes a link's ingress qdisc with all its filters.
 *
 * @param link Name of the link.
 */
export function deleteIngress(link: string): Command {
  return { tool: "tc", words: ["qdisc", "delete", "dev", linkName(link), "ingress"] };
}

/**
 * Makes a qdisc on the way out of a link.
 *
 * @param spec Where and what.
 */
export function addQdisc(spec: QdiscSpec): Command {
  const parent = spec.parent === "root" ? ["root"] : ["parent", formatHandle(spec.parent)];
  return {
    tool: "tc",
    words: [
      ...["qdisc", "add", "dev", linkName(spec.link), ...parent],
      ...["handle", formatHandle(spec.handle), spec.kind, ...(spec.options ?? [])],
    ],
  };
}

/**
 * Deletes the root qdisc of a link with everything below it.
 *
 * @param link Name of the link.
 */
export function deleteRoot(link: string): Command {
  return { tool: "tc", words: ["qdisc", "delete", "dev", linkName(link), "root"] };
}

/**
 * Reads the qdiscs of all links, as `tc -j qdisc show` prints them.
 *
 * @param text What was printed.
 * @throws {ListingError} If it is something else.
 */
export function parseQdiscs(text: string): Qdisc[] {
  return asObjects(parseJson(text)).map(qdiscOf);
}

/**
 * Reads one qdisc out of a listing.
 *
 * @param object The qdisc's object.
 * @throws {ListingError} If a field is missing, or the handle is none.
 */
export function qdiscOf(object: JsonObject): Qdisc {
  return {
    link: textOf(object, "dev"),
    kind: textOf(object, "kind"),
    handle: handleOf(object),
    parent: object["root"] === true ? "root" : textOf(object, "parent"),
  };
}

/** What stands for a handle is read by many, so it is looked at where it comes in. */
function handleOf(object: JsonObject): string {
  const text = textOf(object, "handle");
  if (!isHandle(text)) throw new ListingError("the handle of a qdisc", text);
  return text;
}

/**
 * Lists the qdiscs of all links of a namespace.
 *
 * @param kernel Where to look.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @throws {KernelError} If the kernel refuses.
 */
export async function listQdiscs(kernel: KernelNetwork, namespace?: string): Promise<Qdisc[]> {
  const where = namespace === undefined ? {} : { namespace };
  const { stdout } = await look(kernel, { tool: "tc", words: ["-j", "qdisc", "show"], ...where });
  return parseQdiscs(stdout);
}

/**
 * Tells whether a link has an ingress qdisc; `clsact` counts, since filters attach to it alike.
 *
 * @param qdiscs What the kernel holds.
 * @param link Name of the link.
 */
export function hasIngress(qdiscs: readonly Qdisc[], link: string): boolean {
  return qdiscs.some((qdisc) => qdisc.link === link && qdisc.handle === INGRESS);
}

/**
 * Finds the qdisc at the root of a link's way out.
 *
 * @param qdiscs What the kernel holds.
 * @param link Name of the link.
 * @returns The qdisc, or undefined where the link has only what the kernel gave it.
 */
export function rootQdisc(qdiscs: readonly Qdisc[], link: string): Qdisc | undefined {
  return qdiscs.find((qdisc) =>
    qdisc.link === link && qdisc.parent === "root" && parseHandle(qdisc.handle).major !== 0
  );
}
