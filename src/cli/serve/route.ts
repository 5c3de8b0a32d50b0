import type { Agent } from "./agent.ts";
import type { AgentMetrics } from "./metrics.ts";

/** What a request is answered with. */
export interface RequestContext {
  /** The request. */
  readonly request: Request;
  /** The container's id, where the path has one; checked. */
  readonly id: string;
  /** The agent. */
  readonly agent: Agent;
  /** Its metrics. */
  readonly metrics: AgentMetrics;
}

/** One thing that can be asked of an agent. */
export interface Route {
  /** Method of the request. */
  readonly method: "GET" | "PUT" | "PATCH" | "DELETE";
  /** Its path; `{id}` stands for a container's id. */
  readonly path: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Fields of its body: their types, and what they are. */
  readonly body?: Readonly<Record<string, BodyField>>;
  /** Status of the answer when it went well. */
  readonly status: 200 | 201 | 204;
  /** Type of the answer; JSON when left out. */
  readonly type?: string;
  /** Whether it is answered to those without a token too. */
  readonly isOpen?: boolean;
  /** Answers. */
  readonly handle: (context: RequestContext) => Response | Promise<Response>;
}

/** A field of a body. */
export interface BodyField {
  /** Its JSON type. */
  readonly type: "string" | "number" | "integer";
  /** What it is. */
  readonly description: string;
  /** Whether it must be there. */
  readonly required?: boolean;
}

/** The route of a request, or why there is none. */
export type RouteMatch =
  | { readonly route: Route; readonly id: string }
  | { readonly allowed: readonly string[] };

/**
 * Finds the route of a request.
 *
 * @param routes All routes.
 * @param method Method of the request.
 * @param path Its path.
 * @returns The route and the id in the path; or the methods that the path knows, none where there
 *   is no such path.
 */
export function findRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const known = routes.flatMap((route) => {
    const id = idIn(route.path, path);
    return id === undefined ? [] : [{ route, id }];
  });
  return known.find(({ route }) => route.method === method) ??
    { allowed: known.map(({ route }) => route.method) };
}

/** Reads the id out of a path; empty where the pattern has none, undefined where it differs. */
function idIn(pattern: string, path: string): string | undefined {
  const [begin = "", end] = pattern.split("{id}");
  if (end === undefined) return pattern === path ? "" : undefined;
  const id = path.slice(begin.length, path.length - end.length);
  const isLike = path === begin + id + end && id !== "" && !id.includes("/");
  return isLike ? id : undefined;
}
