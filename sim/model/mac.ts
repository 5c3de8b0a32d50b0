/** A MAC address as an unsigned 48-bit number, first byte highest. */
export type Mac = number;

/** The all-zero address, which `lo` starts with. */
export const MAC_ZERO: Mac = 0;
/** The Ethernet broadcast address. */
export const MAC_BROADCAST: Mac = 0xffffffffffff;

/**
 * Spells a MAC address the usual way.
 *
 * @param mac 0 to 2^48 - 1.
 */
export function formatMac(mac: Mac): string {
  return mac.toString(16).padStart(12, "0").replace(/..(?!$)/g, "$&:");
}

/**
 * Reads six pairs of hexadecimal digits with colons between them.
 *
 * @param text What to read; leading zeros of a pair may be left out.
 * @returns The address, or undefined for any other text.
 */
export function parseMac(text: string): Mac | undefined {
  const parts = text.split(":");
  if (parts.length !== 6) return undefined;
  let mac = 0;
  for (const part of parts) {
    if (!/^[0-9a-fA-F]{1,2}$/.test(part)) return undefined;
    mac = mac * 256 + parseInt(part, 16);
  }
  return mac;
}

/** @param mac Any address. @returns Whether its group bit is set; so for broadcast too. */
export function isMulticastMac(mac: Mac): boolean {
  return Math.floor(mac / 2 ** 40) % 2 === 1;
}
