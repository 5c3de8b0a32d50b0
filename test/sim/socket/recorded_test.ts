import { assertEquals } from "@std/assert";
import { Snmp } from "../../../sim/model/snmp.ts";
import recorded from "./fixtures/tcp_exchanges.json" with { type: "json" };
import { tapSegments, textsFrom } from "./segment_tap.ts";
import { bytesOf, readAll, type Stage, stage } from "./stage.ts";
import { ADDRESS, type Host } from "./two_hosts.ts";

/** What the programs of each recording did, with its pauses. */
const CASES: Readonly<Record<keyof typeof recorded["cases"], (stage: Stage) => void>> = {
  "conversation": ({ pair, run }) => {
    const [client, server] = pair();
    run(200);
    for (let i = 0; i < 2; i++) {
      client.write(bytesOf("hello"));
      run(1);
      readAll(server);
      server.write(bytesOf("hello"));
      run(1);
      readAll(client);
      run(300);
    }
    client.finish();
    run(200);
    server.close();
    run(100);
    client.close();
  },
  "refused": ({ connect }) => void connect(7001),
  "closed with bytes unread": ({ pair, run }) => {
    const [client, server] = pair();
    client.write(bytesOf("unread"));
    run(100);
    server.close();
  },
  "aborted": ({ pair }) => pair()[0].abort(),
  "written to after it was closed": ({ pair, run }) => {
    const [client, server] = pair();
    client.close();
    run(100);
    server.write(bytesOf("late"));
  },
  "closed by both": ({ pair, run }) => {
    const [client, server] = pair();
    run(100);
    client.close();
    run(1);
    server.close();
  },
  "asked in one go": ({ connect, listener, run }) => {
    const client = connect();
    client.handlers = {
      connected: () => {
        client.write(bytesOf("hello"));
        client.finish();
      },
      readable: () => readAll(client),
      peerClosed: () => client.close(),
    };
    run(0);
    listener.accept((server) => ({
      readable: () => server.write(readAll(server)),
      peerClosed: () => server.close(),
    }));
  },
  "a third connection for a backlog of one": ({ connect, two, run }) => {
    two.stack.tcp.listen({ port: 7002, backlog: 1 }, () => {});
    for (let i = 0; i < 3; i++) {
      connect(7002);
      run(50);
    }
    run(2500);
  },
  "unreachable": ({ connect, run }) => {
    connect(7000, ADDRESS.one + 76);
    run(4000);
  },
};

function countersOf({ namespace }: Host): Record<string, number> {
  const fields = Snmp.fields("Tcp").map((field) => [field, namespace.snmp.get("Tcp", field)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== 0));
}

for (const [name, play] of Object.entries(CASES)) {
  Deno.test(`TCP sends and counts what ${recorded.kernel} did for a connection: ${name}`, async () => {
    const staged = await stage();
    const log = tapSegments([staged.one, staged.two]);
    play(staged);
    staged.run(150);
    const { cases } = recorded;
    const expected = Object.entries(cases).find(([each]) => each === name)?.[1];
    assertEquals({
      client: { segments: textsFrom(log, 0), counters: countersOf(staged.one) },
      server: { segments: textsFrom(log, 1), counters: countersOf(staged.two) },
    }, expected);
  });
}
