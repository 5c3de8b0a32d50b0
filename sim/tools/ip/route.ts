/**
 * `ip route`.
 *
 * @module
 */

import type { Scope } from "../../model/address.ts";
import { deleteRoute, requestRoute, type RouteFlags } from "../../model/route_requests.ts";
import { type RouteType, TABLE_LOCAL, TABLE_MAIN } from "../../model/route.ts";
import { abbreviates } from "../words.ts";
import { type IpContext, linkNamed } from "./context.ts";
import { getRoute } from "./route_get.ts";
import { flushRoutes, showRoutes } from "./route_show.ts";
import { readRouteWords, type RouteWords } from "./route_words.ts";

type Run = (args: readonly string[], context: IpContext) => void;

/** Types whose routes belong to the table of local ones. */
const LOCAL_TYPES: ReadonlySet<RouteType> = new Set<RouteType>(["local", "broadcast"]);

function defaultScope(said: RouteWords, type: RouteType): Scope {
  if (type === "local") return "host";
  if (type === "broadcast") return "link";
  return type === "unicast" && said.gateway === undefined ? "link" : "global";
}

function adder(flags: RouteFlags): Run {
  return (args, context) => {
    const { console, namespace } = context;
    const said = readRouteWords(args, context);
    if (args.length === 0) console.notModelled('usage of "route"');
    if (said.destination === undefined) console.notModelled("a route without a destination");
    const { destination } = said;
    if (destination === undefined) return;
    const table = said.table ??
      (LOCAL_TYPES.has(said.type ?? "unicast") ? TABLE_LOCAL : TABLE_MAIN);
    const type = said.type ?? "unicast";
    const link = said.device === undefined ? undefined : linkNamed(context, said.device);
    console.ask(() =>
      requestRoute(namespace, {
        type,
        destination: destination.address,
        prefixLength: destination.length,
        table,
        protocol: said.protocol ?? "boot",
        scope: said.scope ?? defaultScope(said, type),
        tos: said.tos,
        metric: said.metric ?? 0,
        link,
        gateway: said.gateway,
        preferredSource: said.source,
        mtu: said.mtu,
        isOnLink: said.isOnLink,
      }, flags)
    );
  };
}

const remove: Run = (args, context) => {
  const { console, namespace } = context;
  if (args.length === 0) console.notModelled('usage of "route"');
  const said = readRouteWords(args, context);
  const { destination, type } = said;
  if (destination === undefined) return console.notModelled("a route without a destination");
  const link = said.device === undefined ? undefined : linkNamed(context, said.device);
  const isLocal = type !== undefined && LOCAL_TYPES.has(type);
  console.ask(() =>
    deleteRoute(namespace, {
      destination: destination.address,
      prefixLength: destination.length,
      table: said.table ?? (isLocal ? TABLE_LOCAL : TABLE_MAIN),
      type,
      scope: said.scope ?? (isLocal ? defaultScope(said, type) : undefined),
      protocol: said.protocol,
      tos: said.tos,
      metric: said.metric ?? 0,
      link,
      gateway: said.gateway,
      preferredSource: said.source,
      mtu: said.mtu,
    })
  );
};

function notModelled(name: string): Run {
  return (_, { console }) => console.notModelled(`"route ${name}"`);
}

const NONE: RouteFlags = { create: false, exclusive: false, replace: false, append: false };

/** Verbs in the order in which their abbreviations are tried. */
const VERBS: readonly (readonly [string, Run])[] = [
  ["list", showRoutes],
  ["show", showRoutes],
  ["lst", showRoutes],
  ["get", getRoute],
  ["add", adder({ ...NONE, create: true, exclusive: true })],
  ["change", adder({ ...NONE, replace: true })],
  ["chg", adder({ ...NONE, replace: true })],
  ["replace", adder({ ...NONE, create: true, replace: true })],
  ["prepend", adder({ ...NONE, create: true })],
  ["append", adder({ ...NONE, create: true, append: true })],
  ["test", notModelled("test")],
  ["delete", remove],
  ["flush", flushRoutes],
  ["save", notModelled("save")],
  ["restore", notModelled("restore")],
  ["showdump", notModelled("showdump")],
  ["help", notModelled("help")],
];

/**
 * Runs `ip route`.
 *
 * @param args The words behind `route`.
 * @param context Where it works.
 */
export function ipRoute(args: readonly string[], context: IpContext): void {
  const [word, ...rest] = args;
  if (word === undefined) return showRoutes([], context);
  for (const [name, run] of VERBS) {
    if (abbreviates(word, name)) return run(rest, context);
  }
  context.console.exit(`Command "${word}" is unknown, try "ip route help".\n`);
}
