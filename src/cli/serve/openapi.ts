import { VERSION } from "../version.ts";
import type { Route } from "./route.ts";

/** What every refusal looks like. */
const REFUSAL = {
  description: "What was wrong, and what to do",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["error"],
        properties: { error: { type: "string" }, code: { type: "string" } },
      },
    },
  },
};

/** A container's id in a path. */
const ID = {
  name: "id",
  in: "path",
  required: true,
  schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" },
};

/**
 * Describes routes as an OpenAPI document.
 *
 * @param routes The routes.
 */
export function openApi(routes: readonly Route[]): unknown {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: "3.1.0",
    info: { title: "Berth", version: VERSION, license: { name: "Apache-2.0" } },
    paths: Object.fromEntries(
      [...byPath].map(([path, some]) => [
        path,
        Object.fromEntries(some.map((route) => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  };
}

function operation({ path, summary, body, status, type, isOpen }: Route) {
  const content = { [type ?? "application/json"]: {} };
  return {
    summary,
    ...(path.includes("{id}") ? { parameters: [ID] } : {}),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    ...(isOpen ? {} : { security: [{}, { token: [] }] }),
    responses: {
      [status]: { description: summary, ...(status === 204 ? {} : { content }) },
      default: REFUSAL,
    },
  };
}

function requestBody(body: NonNullable<Route["body"]>) {
  const fields = Object.entries(body);
  const required = fields.filter(([, field]) => field.required).map(([name]) => name);
  const properties = Object.fromEntries(
    fields.map(([name, { type, description }]) => [name, { type, description }]),
  );
  const schema = {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
  return { required: true, content: { "application/json": { schema } } };
}
