import { HttpError } from "./answer.ts";

/** Most bytes of a request's body; ports and a process id take a fraction of it. */
export const BODY_MAX_BYTES = 65_536;

/** A body's fields, still to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a request's body as a JSON object with certain fields and no others.
 *
 * @param request The request.
 * @param known Names of the fields that it may have.
 * @throws {HttpError} With status 413 if it is too large, 400 if it is something else.
 */
export async function bodyFields(request: Request, known: readonly string[]): Promise<Fields> {
  const value = parse(await bodyText(request));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "The body must be a JSON object");
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new HttpError(400, `There is no field "${unknown}"; use ${known.join(", ")}`);
  }
  return { ...value };
}

async function bodyText(request: Request): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > BODY_MAX_BYTES) throw tooLarge();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(): HttpError {
  return new HttpError(413, `A body has ${BODY_MAX_BYTES} bytes at most`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "The body is no JSON; send an object");
  }
}

/**
 * Reads an optional text field.
 *
 * @param fields The body's fields.
 * @param name Name of the field.
 * @throws {HttpError} With status 400 if it is no text.
 */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === "string") return value;
  throw new HttpError(400, `"${name}" must be a text`);
}

/**
 * Reads an optional number field, as the text that the command line would have.
 *
 * @param fields The body's fields.
 * @param name Name of the field.
 * @throws {HttpError} With status 400 if it is no number.
 */
export function numberField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "number") return String(value);
  throw new HttpError(400, `"${name}" must be a number`);
}
