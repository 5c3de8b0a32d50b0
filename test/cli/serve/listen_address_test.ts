import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/exit.ts";
import { isLocal, listenAddress } from "../../../src/cli/serve/listen_address.ts";

Deno.test("listenAddress() reads sockets and addresses, and knows which only this host reaches", () => {
  for (
    const [text, address, local] of [
      ["unix:/run/b.sock", { kind: "unix", path: "/run/b.sock" }, true],
      ["127.0.0.1:9180", { kind: "tcp", hostname: "127.0.0.1", port: 9180 }, true],
      ["[::1]:0", { kind: "tcp", hostname: "::1", port: 0 }, true],
      ["localhost:80", { kind: "tcp", hostname: "localhost", port: 80 }, true],
      ["0.0.0.0:80", { kind: "tcp", hostname: "0.0.0.0", port: 80 }, false],
      ["[::]:80", { kind: "tcp", hostname: "::", port: 80 }, false],
      ["127.0.0.1.example:80", { kind: "tcp", hostname: "127.0.0.1.example", port: 80 }, false],
    ] as const
  ) {
    assertEquals(listenAddress(text), address);
    assertEquals(isLocal(listenAddress(text)), local, text);
  }
  for (const text of ["", "unix:b.sock", "80", ":80", "a:65536", "a:b", "::1:80", "[::1]"]) {
    assertThrows(() => listenAddress(text), UsageError, "--listen");
  }
});
