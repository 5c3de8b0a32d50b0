/** A container, as the agent lists it. Fields that the host cannot tell are left out. */
export interface Container {
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  /** Its ports, such as `31000-31007,31020`. */
  readonly ports: string;
  readonly ephemeral_ports?: { readonly begin: number; readonly end: number };
  /** In bytes per second. */
  readonly egress_rate_limit?: number;
  /** In bytes per second. */
  readonly ingress_rate_limit?: number;
  readonly rx_bytes?: number;
  readonly tx_bytes?: number;
  readonly rx_dropped?: number;
  readonly tx_dropped?: number;
}

/** What one container has used, as far as the page shows it. */
export interface ContainerUsage {
  readonly net_rx_bytes?: number;
  readonly net_tx_bytes?: number;
  readonly net_rx_dropped?: number;
  readonly net_tx_dropped?: number;
  readonly net_tx_rate_limit?: number;
  readonly net_rx_rate_limit?: number;
  readonly net_tcp_active_connections?: number;
  readonly net_tcp_time_wait_connections?: number;
  readonly net_tcp_rtt_microsecs_p50?: number;
  readonly net_tcp_rtt_microsecs_p99?: number;
  readonly net_traffic_control_statistics?: readonly {
    readonly id: string;
    readonly drops?: number;
    readonly overlimits?: number;
  }[];
}

/** The host, as the agent describes it. */
export interface HostFacts {
  /** Name of its public link. */
  readonly eth0: string;
  /** The address that all containers share. */
  readonly address: string;
  /** A container's link is named by this and its process. */
  readonly veth_prefix: string;
}

/** The agent answered, and refused. */
export class RefusedError extends Error {
  /** Status of its answer. */
  readonly status: number;

  /**
   * Makes an error of an answer.
   *
   * @param status Status of the answer.
   * @param message What the agent said.
   */
  constructor(status: number, message: string) {
    super(message);
    this.name = "RefusedError";
    this.status = status;
  }
}

const TOKEN_KEY = "berth-token";

/** How long an answer may take, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Asks the agent that served the page. */
export class AgentClient {
  /** @param token What the agent asks for; kept until the tab is closed. */
  set token(token: string) {
    sessionStorage.setItem(TOKEN_KEY, token);
  }

  /** Describes the host. */
  host(): Promise<HostFacts> {
    return this.#get("host");
  }

  /** Lists the containers. */
  containers(): Promise<Container[]> {
    return this.#get("containers");
  }

  /**
   * Tells what a container has used.
   *
   * @param id The container's id.
   */
  usage(id: string): Promise<ContainerUsage> {
    return this.#get(`containers/${encodeURIComponent(id)}/usage`);
  }

  /**
   * @throws {RefusedError} If the agent refuses.
   * @throws {TypeError} If it cannot be reached.
   */
  async #get<T>(path: string): Promise<T> {
    const token = sessionStorage.getItem(TOKEN_KEY);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(path, { headers, signal, cache: "no-store" });
    const body = await answer.json();
    if (!answer.ok) throw new RefusedError(answer.status, String(body.error));
    return body;
  }
}
