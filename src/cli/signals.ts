/** Signals that are the program's business. */
const FORWARDED: readonly Deno.Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
];

/** Signals that a terminal's keys send to every process in the foreground. */
const FROM_KEYS: readonly Deno.Signal[] = ["SIGINT", "SIGQUIT"];

/**
 * Passes signals on to a program instead of dying of them.
 *
 * What the keys of a terminal send reaches the program by itself, as it is in the foreground too;
 * passing that on would make two signals of one key.
 *
 * @param pass Takes each signal.
 * @param options Whether a terminal is there to send its own.
 * @returns Ends the passing on when disposed of.
 */
export function forwardSignals(
  pass: (signal: Deno.Signal) => void,
  options: { readonly hasTerminal: boolean },
): Disposable {
  const handlers = FORWARDED.map((signal) => {
    const skips = options.hasTerminal && FROM_KEYS.includes(signal);
    const handler = () => skips ? undefined : pass(signal);
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  return { [Symbol.dispose]: () => handlers.forEach((remove) => remove()) };
}
