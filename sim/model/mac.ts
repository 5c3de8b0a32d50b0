/** A MAC address as an unsigned 48-bit number, first byte highest. */
export type Mac = number;

/** The all-zero address, which `lo` starts with. */
export const MAC_ZERO: Mac = 0;
