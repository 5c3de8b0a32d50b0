import { timingSafeEqual } from "node:crypto";
import { idArgument } from "../arguments.ts";
import type { Agent } from "./agent.ts";
import { HttpError, refusal } from "./answer.ts";
import type { Log } from "./log.ts";
import type { AgentMetrics } from "./metrics.ts";
import { findRoute, type Route } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** What answers requests. */
export interface HandlerParts {
  /** The agent. */
  readonly agent: Agent;
  /** Its metrics. */
  readonly metrics: AgentMetrics;
  /** Where changes and failures are told. */
  readonly log: Log;
  /** What whoever asks must bring; nothing where only this host can ask. */
  readonly token?: string;
  /**
   * Names by which the agent may be asked; any when left out. A browser on this host can be led
   * here under a name of somebody else's, and then says that name.
   */
  readonly hostNames?: ReadonlySet<string>;
}

/**
 * Makes what answers requests. Whatever goes wrong is answered, and never ends the agent.
 *
 * @param parts What it works with.
 */
export function createHandler(parts: HandlerParts): (request: Request) => Promise<Response> {
  return async (request) => {
    const path = new URL(request.url).pathname;
    let answer: Response;
    let message = "";
    try {
      answer = await handle(parts, request, path);
    } catch (error) {
      answer = refusal(error);
      message = error instanceof Error ? error.message : String(error);
    }
    const { status } = answer;
    if (request.method !== "GET" || status >= 400) {
      const fields = { method: request.method, path, status };
      const level = status >= 500 ? "error" : status >= 400 ? "warning" : "info";
      parts.log(level, message === "" ? "request" : message, fields);
    }
    return answer;
  };
}

async function handle(parts: HandlerParts, request: Request, path: string): Promise<Response> {
  checkHostName(request, parts.hostNames);
  const match = findRoute(ROUTES, request.method, path);
  if (!("route" in match)) throw noRoute(request.method, path, match.allowed);
  checkToken(match.route, request, parts.token);
  const id = match.id === "" ? "" : idArgument(match.id);
  const { agent, metrics } = parts;
  return await match.route.handle({ request, id, agent, metrics });
}

function noRoute(method: string, path: string, allowed: readonly string[]): HttpError {
  if (allowed.length === 0) {
    return new HttpError(404, `There is nothing at ${path}; see /openapi.json`);
  }
  const allow = allowed.join(", ");
  return new HttpError(405, `${path} does not take ${method}; use ${allow}`, { allow });
}

function checkHostName(request: Request, names: ReadonlySet<string> | undefined): void {
  const { hostname } = new URL(request.url);
  if (names === undefined || names.has(hostname)) return;
  throw new HttpError(403, `This agent is not ${hostname}; ask it as ${[...names].join(" or ")}`);
}

function checkToken({ isOpen }: Route, request: Request, token: string | undefined): void {
  if (token === undefined || isOpen) return;
  const given = request.headers.get("authorization") ?? "";
  if (isSame(given, `Bearer ${token}`)) return;
  const headers = { "www-authenticate": "Bearer" };
  throw new HttpError(401, "Send the agent's token as a bearer token", headers);
}

/** Compares in a time that does not tell how much of it was right. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => new TextEncoder().encode(text));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}
