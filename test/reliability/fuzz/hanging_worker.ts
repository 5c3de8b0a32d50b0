/**
 * A worker whose parser never ends, to show that such a one is caught.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";

const counter = new Int32Array(new SharedArrayBuffer(4));
parentPort?.on("message", () => {
  Atomics.store(counter, 0, 7);
  while (Atomics.load(counter, 0) === 7);
});
parentPort?.postMessage({ kind: "ready", parsers: ["endless"], counter });
