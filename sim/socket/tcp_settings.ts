import type { Sysctls } from "../model/sysctls.ts";
import type { TcpSettings } from "../tcp/settings.ts";

/** What `net.ipv4.tcp_ecn` says. */
const ECN_MODES: readonly TcpSettings["ecn"][] = ["off", "request", "accept"];

/**
 * Reads how a namespace's connections behave from its sysctls.
 *
 * @param sysctls The sysctls.
 */
export function tcpSettingsOf(
  sysctls: Sysctls,
): Pick<
  TcpSettings,
  | "ecn"
  | "timestamps"
  | "sack"
  | "receiveMemoryBytes"
  | "synRetries"
  | "synAckRetries"
  | "retries"
  | "finTimeoutMs"
> {
  const number = (key: string) => sysctls.number(`net.ipv4.tcp_${key}`);
  const [, initial = 131_072, maximum = initial] = (sysctls.get("net.ipv4.tcp_rmem") ?? "")
    .split("\t").map(Number);
  return {
    ecn: ECN_MODES[number("ecn")] ?? "accept",
    timestamps: number("timestamps") > 0,
    sack: number("sack") > 0,
    receiveMemoryBytes: { initial, maximum },
    synRetries: number("syn_retries"),
    synAckRetries: number("synack_retries"),
    retries: number("retries2"),
    finTimeoutMs: number("fin_timeout") * 1000,
  };
}
