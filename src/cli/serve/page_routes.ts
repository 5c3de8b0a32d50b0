import { json } from "./answer.ts";
import type { Route } from "./route.ts";

const FOLDER = new URL("./page/", import.meta.url);

/** What a browser may load for the page: nothing but what this agent serves. */
const POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/** The page for operators, and what it is made of; without a token it has no data to show. */
export const PAGE_ROUTES: readonly Route[] = [
  file("/", "index.html", "text/html", "A page that shows the host"),
  file("/page.css", "bundle/page.css", "text/css", "How the page looks"),
  file("/page.js", "bundle/page.js", "text/javascript", "What the page does"),
  {
    method: "GET",
    path: "/host",
    summary: "Show what the containers share",
    status: 200,
    handle: ({ agent }) => {
      const { eth0, address, options } = agent.isolator.host;
      return json({ eth0, address, veth_prefix: options.vethPrefix });
    },
  },
];

function file(path: string, name: string, type: string, summary: string): Route {
  const headers = {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": POLICY,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
  return {
    ...{ method: "GET", path, summary, status: 200, type, isOpen: true },
    handle: async () => new Response(await Deno.readFile(new URL(name, FOLDER)), { headers }),
  };
}
