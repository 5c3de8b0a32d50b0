import type { FoundContainer } from "../../isolator/adopt.ts";
import { checkProcess } from "../../isolator/isolate.ts";
import type { Usage } from "../../isolator/usage.ts";
import { cpusArgument, pidArgument, portsArgument } from "../arguments.ts";
import { HttpError, json } from "./answer.ts";
import { openApi } from "./openapi.ts";
import { PAGE_ROUTES } from "./page_routes.ts";
import { bodyFields, numberField, textField } from "./request_body.ts";
import type { BodyField, RequestContext, Route } from "./route.ts";

const PORTS: BodyField = {
  type: "string",
  description: "All its ports, such as 31000-31007,31020",
};
const CPUS: BodyField = {
  type: "number",
  description: "Its CPUs, from which limits per CPU follow",
};
const PID: BodyField = {
  type: "integer",
  description: "Its process, which waits in a network namespace of its own",
  required: true,
};

/** Everything that can be asked of an agent. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/healthz",
    summary: "Tell whether the agent can read the kernel",
    status: 200,
    isOpen: true,
    handle: async ({ agent }) => {
      const { found } = await agent.snapshot();
      return json({ status: "ok", containers: found.length });
    },
  },
  {
    method: "GET",
    path: "/metrics",
    summary: "Everything that is counted, for Prometheus and its like",
    status: 200,
    type: "application/openmetrics-text",
    handle: async ({ agent, metrics, request }) => {
      const accept = request.headers.get("accept") ?? "";
      const { type, text } = await metrics.write(agent, await agent.snapshot(), accept);
      return new Response(text, { headers: { "content-type": type } });
    },
  },
  {
    method: "GET",
    path: "/openapi.json",
    summary: "This description",
    status: 200,
    handle: () => json(openApi(ROUTES)),
  },
  ...PAGE_ROUTES,
  {
    method: "GET",
    path: "/containers",
    summary: "List the containers",
    status: 200,
    handle: async ({ agent }) => {
      const { found, usages } = await agent.snapshot();
      return json(found.map((each) => described(each, usages.get(each.entry.id))));
    },
  },
  {
    method: "GET",
    path: "/containers/{id}",
    summary: "Show one container",
    status: 200,
    handle: async (context) => {
      const { found, usage } = await oneContainer(context);
      return json(described(found, usage));
    },
  },
  {
    method: "GET",
    path: "/containers/{id}/usage",
    summary: "Show what a container has used, under the reference's names",
    status: 200,
    handle: async (context) => {
      const { net_ports: _ports, ...fields } = (await oneContainer(context)).usage ?? {};
      return json(fields);
    },
  },
  {
    method: "PUT",
    path: "/containers/{id}",
    summary: "Give a process its network and ports",
    body: { pid: PID, ports: PORTS, cpus: CPUS },
    status: 201,
    handle: isolate,
  },
  {
    method: "PATCH",
    path: "/containers/{id}",
    summary: "Change a container's ports and limits",
    body: { ports: PORTS, cpus: CPUS },
    status: 200,
    handle: update,
  },
  {
    method: "DELETE",
    path: "/containers/{id}",
    summary: "Take a container's network away",
    status: 204,
    handle: async ({ agent, id }) => {
      const isThere = await agent.change((isolator) => isolator.cleanup(id));
      if (!isThere) throw noContainer(id);
      return new Response(null, { status: 204 });
    },
  },
];

async function isolate({ agent, id, request }: RequestContext): Promise<Response> {
  const fields = await bodyFields(request, ["pid", "ports", "cpus"]);
  const pidText = numberField(fields, "pid");
  if (pidText === undefined) throw new HttpError(400, 'Give the container\'s process as "pid"');
  const pid = pidArgument(pidText, "pid");
  const ports = portsArgument(textField(fields, "ports"));
  const cpus = cpusArgument(numberField(fields, "cpus"));
  const launch = await agent.change(async (isolator) => {
    await checkProcess(agent.kernel, pid);
    const config = { ports, ...(cpus === undefined ? {} : { cpus }) };
    const { ephemeralPorts } = await isolator.prepare(id, config);
    await isolator.isolate(id, pid);
    return { id, pid, ports, ephemeral_ports: ephemeralPorts };
  });
  return json(launch, 201);
}

async function update({ agent, id, request }: RequestContext): Promise<Response> {
  const fields = await bodyFields(request, ["ports", "cpus"]);
  const text = textField(fields, "ports");
  const cpus = cpusArgument(numberField(fields, "cpus"));
  if (text === undefined && cpus === undefined) {
    throw new HttpError(400, 'There is nothing to update; give "ports" or "cpus"');
  }
  const changed = await agent.change((isolator) =>
    isolator.update(id, {
      ...(text === undefined ? {} : { ports: portsArgument(text) }),
      ...(cpus === undefined ? {} : { cpus }),
    })
  );
  return json({ changed });
}

async function oneContainer({ agent, id }: RequestContext) {
  const { found, usages } = await agent.snapshot();
  const one = found.find(({ entry }) => entry.id === id);
  if (one === undefined) throw noContainer(id);
  return { found: one, usage: usages.get(id) };
}

function noContainer(id: string): HttpError {
  return new HttpError(404, `There is no container "${id}"; see /containers`);
}

function described({ entry, status }: FoundContainer, usage: Usage | undefined) {
  return {
    id: entry.id,
    pid: entry.pid,
    status,
    ports: entry.ports,
    ephemeral_ports: entry.ephemeralPorts,
    flow: entry.flow,
    egress_rate_limit: usage?.net_tx_rate_limit,
    ingress_rate_limit: usage?.net_rx_rate_limit,
    rx_bytes: usage?.net_rx_bytes,
    tx_bytes: usage?.net_tx_bytes,
    rx_dropped: usage?.net_rx_dropped,
    tx_dropped: usage?.net_tx_dropped,
  };
}
