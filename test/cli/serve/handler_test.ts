import { assert, assertEquals, assertMatch } from "@std/assert";
import { Isolator } from "../../../src/isolator/isolator.ts";
import { OPTIONS } from "../../support/isolated.ts";
import { localNames } from "../../../src/cli/serve/listen_address.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";

async function isolate(agent: TestAgent, id: string, ports: string): Promise<number> {
  const pid = agent.startProcess();
  const body = JSON.stringify({ pid, ports });
  const answer = await agent.ask("PUT", `/containers/${id}`, { body });
  assertEquals(answer.status, 201, await answer.text());
  return pid;
}

Deno.test("a container's whole life goes over HTTP", async () => {
  using agent = await startTestAgent();
  assertEquals(await (await agent.ask("GET", "/containers")).json(), []);
  const pid = await isolate(agent, "web", "31000-31007");
  const [web] = await (await agent.ask("GET", "/containers")).json();
  assertEquals([web.id, web.pid, web.status, web.ports], ["web", pid, "running", "31000-31007"]);
  const patch = await agent.ask("PATCH", "/containers/web", { body: '{"ports":"31004"}' });
  assertEquals(await patch.json(), { changed: true });
  assertEquals((await (await agent.ask("GET", "/containers/web")).json()).ports, "31004");
  const usage = await (await agent.ask("GET", "/containers/web/usage")).json();
  assertEquals(usage.net_ephemeral_ports, { begin: 61440, end: 62463 });
  assertEquals((await agent.ask("DELETE", "/containers/web")).status, 204);
  assertEquals((await agent.ask("DELETE", "/containers/web")).status, 404);
  assertEquals(await (await agent.ask("GET", "/containers")).json(), []);
});

/** A request that must be refused. */
interface BadRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: BodyInit;
  readonly status: number;
  /** What the one sentence must say. */
  readonly says: RegExp;
}

const put = { method: "PUT", path: "/containers/x" };
const patch = { method: "PATCH", path: "/containers/web" };

const BAD_REQUESTS: readonly BadRequest[] = [
  { name: "an unknown path", method: "GET", path: "/frob", status: 404, says: /openapi/ },
  { name: "an unknown method", method: "POST", path: "/metrics", status: 405, says: /use GET/ },
  { name: "an unknown container", method: "GET", path: "/containers/y", status: 404, says: /"y"/ },
  {
    name: "an id of other signs",
    method: "GET",
    path: "/containers/a%2Fb",
    status: 400,
    says: /id/,
  },
  { name: "an id that climbs", ...put, path: "/containers/..%2Fx", status: 400, says: /id/ },
  { name: "an id with a zero", ...put, path: "/containers/a%00", status: 400, says: /id/ },
  {
    name: "a path below a container",
    method: "GET",
    path: "/containers/a/b",
    status: 404,
    says: /a\/b/,
  },
  { name: "no body", ...put, status: 400, says: /JSON/ },
  { name: "a body that is no JSON", ...put, body: "pid=1", status: 400, says: /JSON/ },
  { name: "a body that is a list", ...put, body: "[]", status: 400, says: /object/ },
  { name: "an unknown field", ...put, body: '{"prots":"1"}', status: 400, says: /"prots"/ },
  { name: "no process", ...put, body: '{"ports":"31100"}', status: 400, says: /pid/ },
  { name: "a process as text", ...put, body: '{"pid":"1"}', status: 400, says: /number/ },
  { name: "a process that is gone", ...put, body: '{"pid":99999}', status: 400, says: /99999/ },
  {
    name: "ports of another",
    ...put,
    body: '{"pid":PID,"ports":"31000"}',
    status: 409,
    says: /web/,
  },
  { name: "ports not managed", ...put, body: '{"pid":PID,"ports":"80"}', status: 400, says: /80/ },
  { name: "ports as a number", ...patch, body: '{"ports":31000}', status: 400, says: /text/ },
  { name: "nothing to update", ...patch, body: "{}", status: 400, says: /nothing/ },
  { name: "no CPUs", ...patch, body: '{"cpus":0}', status: 400, says: /CPUs/ },
  { name: "10 MB", ...put, body: "x".repeat(10_000_000), status: 413, says: /65536/ },
  { name: "10 MB bit by bit", ...put, body: endless(10_000_000), status: 413, says: /65536/ },
];

function endless(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      controller.enqueue(new Uint8Array(10_000));
      if ((left -= 10_000) <= 0) controller.close();
    },
  });
}

for (const { name, method, path, body, status, says } of BAD_REQUESTS) {
  Deno.test(`${name}: refused with ${status} and one sentence, and nothing changes`, async () => {
    using agent = await startTestAgent();
    await isolate(agent, "web", "31000-31007");
    const before = await (await agent.ask("GET", "/containers")).json();
    const filled = typeof body === "string"
      ? body.replace("PID", String(agent.startProcess()))
      : body;
    const answer = await agent.ask(method, path, filled === undefined ? {} : { body: filled });
    assertEquals(answer.status, status);
    const { error } = await answer.json();
    assertMatch(error, says);
    assert(!error.includes("\n"), error);
    assertEquals(await (await agent.ask("GET", "/containers")).json(), before);
    const said = { method, path, status };
    assert(
      agent.log.some((line) => line.includes(JSON.stringify(said).slice(1, -1))),
      agent.log[0],
    );
  });
}

Deno.test("an agent with a token answers whoever brings it, and tells others only of its health", async () => {
  using agent = await startTestAgent({}, "secret");
  const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  assertEquals((await agent.ask("GET", "/healthz")).status, 200);
  assertEquals((await agent.ask("GET", "/containers")).status, 401);
  assertEquals((await agent.ask("GET", "/metrics", bearing("Secret"))).status, 401);
  assertEquals((await agent.ask("DELETE", "/containers/x", bearing(""))).status, 401);
  assertEquals((await agent.ask("GET", "/containers", bearing("secret"))).status, 200);
});

Deno.test("an agent without a token is not asked under a name of somebody else's", async () => {
  const names = localNames({ kind: "tcp", hostname: "127.0.0.2", port: 0 });
  using agent = await startTestAgent({}, undefined, undefined, names);
  const status = async (url: string) => (await agent.answer(new Request(url))).status;
  for (const name of ["127.0.0.1", "127.0.0.2", "[::1]", "localhost"]) {
    assertEquals(await status(`http://${name}:9180/containers`), 200, name);
  }
  assertEquals(await status("http://evil.example:9180/containers"), 403);
  assertEquals(localNames({ kind: "unix", path: "/run/b.sock" }), undefined);
});

Deno.test("what others did to the host is seen: a container that they removed gives its ports back", async () => {
  using agent = await startTestAgent();
  await isolate(agent, "web", "31000");
  const other = await Isolator.create(OPTIONS, agent.host.kernel);
  await other.adopt();
  await other.cleanup("web");
  assertEquals(await (await agent.ask("GET", "/containers")).json(), []);
  await isolate(agent, "again", "31000");
});

Deno.test("looks and changes at the same time do not disturb each other", async () => {
  using agent = await startTestAgent();
  const ids = ["a", "b", "c", "d"];
  const isolating = ids.map((id, i) => isolate(agent, id, String(31000 + i)));
  const looking = Array.from({ length: 20 }, () => agent.ask("GET", "/containers"));
  await Promise.all(isolating);
  for (const answer of await Promise.all(looking)) assertEquals(answer.status, 200);
  const listed: { id: string }[] = await (await agent.ask("GET", "/containers")).json();
  assertEquals(listed.map(({ id }) => id).sort(), ids);
});

Deno.test("the OpenAPI document names every route, its body and its refusals", async () => {
  using agent = await startTestAgent();
  const document = await (await agent.ask("GET", "/openapi.json")).json();
  assertEquals(Object.keys(document.paths), [
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/",
    "/page.css",
    "/page.js",
    "/host",
    "/containers",
    "/containers/{id}",
    "/containers/{id}/usage",
  ]);
  const { put: isolation, delete: cleanup } = document.paths["/containers/{id}"];
  const { schema } = isolation.requestBody.content["application/json"];
  assertEquals(schema.required, ["pid"]);
  assertEquals(Object.keys(cleanup.responses), ["204", "default"]);
});
