import type { RateLimit } from "../routing/htb.ts";
import { IsolatorError } from "./isolator_error.ts";
import type { LimitOptions } from "./options.ts";

/** Which way a limit applies, as its options are named. */
export type Direction = "egress" | "ingress";

/** A {@linkcode LimitOptions} whose rate per CPU is known as a number. */
export interface LimitPolicy extends LimitOptions {
  /** Rate per CPU in bytes per second. */
  readonly ratePerCpu?: number;
}

/**
 * Works out the rate per CPU and checks that the options agree with each other and with the link.
 *
 * @param direction Which options they are, for the error.
 * @param options What the operator decided.
 * @param host The link's speed in bytes per second and the CPUs that share it, where known.
 * @returns The policy, and a warning where a maximum is above the link's speed.
 * @throws {IsolatorError} With code `bad-limit` if they contradict each other or the host.
 */
export function limitPolicy(
  direction: Direction,
  options: LimitOptions,
  host: { readonly linkSpeedBytesPerSecond?: number; readonly cpus?: number },
): { readonly policy: LimitPolicy; readonly warnings: readonly string[] } {
  const { ratePerCpu, ...rest } = options;
  const speed = host.linkSpeedBytesPerSecond;
  const bad = badLimit(direction, options, speed);
  if (bad !== undefined) throw new IsolatorError("bad-limit", bad);
  const maximum = options.maximumRateLimit;
  const warnings = speed !== undefined && maximum !== undefined && maximum > speed
    ? [`maximum_${direction}_rate_limit of ${maximum} bytes/s is above the link's ${speed} bytes/s`]
    : [];
  if (ratePerCpu === undefined) return { policy: rest, warnings };
  if (ratePerCpu !== "auto") return { policy: { ...rest, ratePerCpu }, warnings };
  if (speed === undefined || host.cpus === undefined || !(host.cpus > 0)) {
    throw new IsolatorError(
      "bad-limit",
      `${direction}_rate_per_cpu=auto needs the link's speed and the host's CPUs; ` +
        "give network_link_speed, and cpus in resources",
    );
  }
  return { policy: { ...rest, ratePerCpu: Math.floor(speed / host.cpus) }, warnings };
}

/** Says what is wrong with limit options, if anything is. */
function badLimit(
  direction: Direction,
  options: LimitOptions,
  speed: number | undefined,
): string | undefined {
  const { rateLimitPerContainer, ratePerCpu, ceilLimit, burst } = options;
  const { minimumRateLimit, maximumRateLimit } = options;
  const numbers = {
    [`${direction}_rate_limit_per_container`]: rateLimitPerContainer,
    [`${direction}_rate_per_cpu`]: ratePerCpu === "auto" ? undefined : ratePerCpu,
    [`${direction}_ceil_limit`]: ceilLimit,
    [`${direction}_burst`]: burst,
    [`minimum_${direction}_rate_limit`]: minimumRateLimit,
    [`maximum_${direction}_rate_limit`]: maximumRateLimit,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== undefined && !(value > 0 && Number.isFinite(value))) {
      return `${name} is ${value}; give a number of bytes${
        name.endsWith("burst") ? "" : "/s"
      } above 0`;
    }
  }
  if (rateLimitPerContainer !== undefined && ratePerCpu !== undefined) {
    return `${direction}_rate_limit_per_container and ${direction}_rate_per_cpu exclude each other; ` +
      "give one of them";
  }
  if (maximumRateLimit !== undefined && minimumRateLimit > maximumRateLimit) {
    return `minimum_${direction}_rate_limit of ${minimumRateLimit} bytes/s is above ` +
      `maximum_${direction}_rate_limit of ${maximumRateLimit}; lower the one or raise the other`;
  }
  if (speed === undefined) return undefined;
  const above = ["rate_limit_per_container", "ceil_limit"].map((name) => `${direction}_${name}`)
    .concat(`minimum_${direction}_rate_limit`)
    .find((name) => (numbers[name] ?? 0) > speed);
  return above === undefined
    ? undefined
    : `${above} of ${numbers[above]} bytes/s is above the link's ${speed} bytes/s; lower it`;
}

/**
 * Works out one container's limit: fixed, or its CPUs times the rate per CPU, raised to the minimum
 * and lowered to the maximum. A ceil counts only above the rate, a burst only with a ceil.
 *
 * @param policy What holds for all containers.
 * @param cpus The container's CPUs; unknown ones give no limit per CPU.
 * @returns The limit, or undefined where there is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const policy = { ratePerCpu: 1_000_000, minimumRateLimit: 125_000, ceilLimit: 1_500_000 };
 * assertEquals(limitOf(policy, 2), { rateBytesPerSecond: 2_000_000 });
 * assertEquals(limitOf(policy, 0.01)?.rateBytesPerSecond, 125_000);
 * ```
 */
export function limitOf(policy: LimitPolicy, cpus: number | undefined): RateLimit | undefined {
  const { rateLimitPerContainer, ratePerCpu, minimumRateLimit, maximumRateLimit } = policy;
  const asked = rateLimitPerContainer ??
    (ratePerCpu === undefined || cpus === undefined ? undefined : Math.floor(ratePerCpu * cpus));
  if (asked === undefined) return undefined;
  const rate = Math.min(Math.max(asked, minimumRateLimit), maximumRateLimit ?? Infinity);
  const { ceilLimit, burst } = policy;
  if (ceilLimit === undefined || ceilLimit <= rate) return { rateBytesPerSecond: rate };
  return {
    rateBytesPerSecond: rate,
    ceilBytesPerSecond: ceilLimit,
    ...(burst === undefined ? {} : { burstBytes: burst }),
  };
}
