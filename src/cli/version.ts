/** Version of Berth, as `berth --version` prints it. */
export const VERSION = "0.1.0";
