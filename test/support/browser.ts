import { until } from "./berth.ts";

/** Where Debian's package puts Chromium. */
const CHROMIUM = "/usr/bin/chromium";

/** Keeps Chromium from windows, from asking other hosts, and from what a test machine lacks. */
const ARGUMENTS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
  ...["--remote-debugging-port=0", "--window-size=1400,1000", "about:blank"],
];

/** How long a browser may take for anything on a busy machine. */
const PATIENCE_SECONDS = 60;

/** A key as Chromium is told of it. */
export interface Key {
  readonly key: string;
  readonly windowsVirtualKeyCode: number;
}

/** A tab of a browser without windows. */
export interface Tab extends AsyncDisposable {
  /** Errors that the page did not catch, and what it was refused to load. */
  readonly faults: readonly string[];
  /** Goes to an address. */
  open(url: string): Promise<void>;
  /** Computes in the page: an expression, whose promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true in the page. */
  until(expression: string): Promise<void>;
  /** Presses and releases a key. */
  press(key: Key): Promise<void>;
  /** Makes the page believe that its user prefers dark or light. */
  prefer(scheme: "dark" | "light"): Promise<void>;
  /** Writes a picture of the whole page to a file. */
  screenshot(path: string): Promise<void>;
}

/** Tells why there is no browser; undefined where there is one. */
export function whyNoBrowser(): string | undefined {
  try {
    Deno.statSync(CHROMIUM);
    return undefined;
  } catch {
    return `there is no ${CHROMIUM}; install Debian's package chromium`;
  }
}

/** Starts a browser with an empty profile, and gives its one tab. */
export async function startBrowser(): Promise<Tab> {
  const profile = await Deno.makeTempDir({ prefix: "berth-browser-" });
  const args = [`--user-data-dir=${profile}`, ...ARGUMENTS];
  const child = new Deno.Command(CHROMIUM, { args, stdout: "null", stderr: "null" }).spawn();
  const port = await debuggingPort(profile);
  const targets: { type: string; webSocketDebuggerUrl: string }[] = await (await fetch(
    `http://127.0.0.1:${port}/json/list`,
  )).json();
  const page = targets.find(({ type }) => type === "page");
  if (page === undefined) throw new Error("Chromium has no tab");
  const connection = await Connection.open(page.webSocketDebuggerUrl);
  await connection.call("Page.enable");
  // A scroll bar would be cut off a picture of the whole page, and the page's edge with it.
  await connection.call("Emulation.setScrollbarsHidden", { hidden: true });
  await connection.call("Runtime.enable");
  await connection.call("Log.enable");
  return tabOf(connection, async () => {
    await connection.end("Browser.close");
    await child.status;
    await Deno.remove(profile, { recursive: true });
  });
}

/** Chromium writes the port that it chose into its profile. */
async function debuggingPort(profile: string): Promise<number> {
  let port = 0;
  await until("Chromium's start", async () => {
    const text = await Deno.readTextFile(`${profile}/DevToolsActivePort`).catch(() => "");
    port = Number(text.split("\n")[0]);
    return port > 0;
  }, PATIENCE_SECONDS);
  return port;
}

function tabOf(connection: Connection, close: () => Promise<void>): Tab {
  const evaluate = async (expression: string): Promise<unknown> => {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await connection.call("Runtime.evaluate", options);
    if (exceptionDetails === undefined) return Object(result).value;
    throw new Error(`${expression} failed: ${JSON.stringify(exceptionDetails)}`);
  };
  return {
    faults: connection.faults,
    evaluate,
    open: async (url) => void await connection.call("Page.navigate", { url }),
    until: (expression) =>
      until(expression, async () => await evaluate(expression) === true, PATIENCE_SECONDS),
    press: async (key) => {
      await connection.call("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
      await connection.call("Input.dispatchKeyEvent", { type: "keyUp", ...key });
    },
    prefer: async (value) => {
      const features = [{ name: "prefers-color-scheme", value }];
      await connection.call("Emulation.setEmulatedMedia", { features });
    },
    screenshot: async (path) => {
      const options = { captureBeyondViewport: true };
      const { data } = await connection.call("Page.captureScreenshot", options);
      await Deno.writeFile(path, Uint8Array.fromBase64(String(data)));
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Calls of Chromium's debugging protocol, https://chromedevtools.github.io/devtools-protocol/. */
class Connection {
  readonly faults: string[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }

  static async open(url: string): Promise<Connection> {
    const socket = new WebSocket(url);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("Chromium does not answer"));
    await promise;
    return new Connection(socket);
  }

  call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#calls;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  /** Calls what ends the other side, and waits for that. */
  async end(method: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.onclose = () => resolve();
    this.#socket.send(JSON.stringify({ id: ++this.#calls, method }));
    await promise;
  }

  #hear({ id, method, params, result, error }: ProtocolMessage): void {
    if (method === "Runtime.exceptionThrown") this.faults.push(JSON.stringify(params));
    if (method === "Log.entryAdded" && Object(params?.["entry"]).level === "error") {
      this.faults.push(JSON.stringify(params));
    }
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result ?? {});
    else waiting.reject(new Error(error.message));
  }
}

interface ProtocolMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}
