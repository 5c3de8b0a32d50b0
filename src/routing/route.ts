import { type Command, look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { addressOf } from "./address.ts";
import { asObjects, parseJson, textOf } from "./json.ts";
import { linkName } from "./link.ts";

/** An IPv4 default route through a gateway. */
export interface DefaultRoute {
  /** Address of the gateway. */
  readonly gateway: string;
  /** Name of the link behind which the gateway is. */
  readonly link: string;
}

/**
 * Adds a default route.
 *
 * @param route The gateway and the link behind which it is.
 */
export function addDefaultRoute(route: DefaultRoute): Command {
  const words = ["route", "add", "default", "via", route.gateway, "dev", linkName(route.link)];
  return { tool: "ip", words };
}

/**
 * Reads the default routes that have a gateway, as `ip -j route show default` prints them.
 *
 * @param text What was printed.
 * @returns The routes in the kernel's order, the preferred one first.
 * @throws {ListingError} If it is something else.
 */
export function parseDefaultRoutes(text: string): DefaultRoute[] {
  return asObjects(parseJson(text))
    .filter((route) => route["dst"] === "default" && typeof route["gateway"] === "string")
    .sort((a, b) => Number(a["metric"] ?? 0) - Number(b["metric"] ?? 0))
    .map((route) => ({ gateway: addressOf(route, "gateway"), link: textOf(route, "dev") }));
}

/**
 * Looks for the IPv4 default route.
 *
 * @param kernel Where to look.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @returns The preferred one, or undefined where there is none with a gateway.
 * @throws {KernelError} If the kernel refuses.
 */
export async function findDefaultRoute(
  kernel: KernelNetwork,
  namespace?: string,
): Promise<DefaultRoute | undefined> {
  const words = ["-j", "-4", "route", "show", "default"];
  const where = namespace === undefined ? {} : { namespace };
  const { stdout } = await look(kernel, { tool: "ip", words, ...where });
  return parseDefaultRoutes(stdout)[0];
}
