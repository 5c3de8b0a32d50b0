import type { FilterLayout, IsolatorOptions, LeafQdisc } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { OPTIONS } from "../support/isolated.ts";

/** What an operator decided, of the things that change what Berth does to a host. */
export interface Setting {
  /** How filters find a packet's container. */
  readonly layout: FilterLayout;
  /** Whether what containers send and receive is limited. */
  readonly isLimited: boolean;
  /** Whether each container is a flow of its own on the host's way out. */
  readonly hasUniqueFlows: boolean;
}

/** Every combination. */
export const SETTINGS: readonly Setting[] = (["hashed", "linear"] as const).flatMap((layout) =>
  [true, false].flatMap((isLimited) =>
    [true, false].map((hasUniqueFlows) => ({ layout, isLimited, hasUniqueFlows }))
  )
);

/**
 * Names a setting.
 *
 * @param setting The setting.
 */
export function settingName({ layout, isLimited, hasUniqueFlows }: Setting): string {
  return `${layout}, ${isLimited ? "limits" : "no limits"}, ` +
    (hasUniqueFlows ? "unique flows" : "shared flows");
}

/**
 * Gives the options of a setting: room for eight containers.
 *
 * @param setting The setting.
 * @param leafQdisc The queue below a limit; that which every kernel has when left out.
 */
export function optionsOf(setting: Setting, leafQdisc: LeafQdisc = "pfifo"): IsolatorOptions {
  const { layout, isLimited, hasUniqueFlows } = setting;
  const limit = (rateLimitPerContainer: number) => ({
    minimumRateLimit: 1000,
    ...(isLimited ? { rateLimitPerContainer } : {}),
  });
  return {
    ...OPTIONS,
    ports: parsePorts("31000-31255"),
    ephemeralPorts: parsePorts("63488-65535"),
    ephemeralPortsPerContainer: 256,
    leafQdisc,
    filterLayout: layout,
    egress: limit(10_000_000),
    ingress: limit(20_000_000),
    egressUniqueFlowPerContainer: hasUniqueFlows,
  };
}
