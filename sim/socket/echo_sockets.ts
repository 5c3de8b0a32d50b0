import type { Ipv4 } from "../model/ipv4.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { encodeIcmp, ICMP_TYPE } from "../packet/icmp.ts";
import { PROTOCOL_ICMP } from "../packet/ipv4.ts";
import type { Ipv4Stack, SendFailure } from "../path/ipv4_stack.ts";

/** Payload of an echo request, as `ping` sends it: 56 bytes. */
const PAYLOAD_BYTES = 56;

/** A socket that asks for echoes, as `ping` does. */
export interface EchoSocket {
  /**
   * Asks for an echo.
   *
   * @param destination Whom to ask.
   * @param sequence Number of the question, 1 to 65,535.
   * @returns Why it cannot be sent; undefined where it is under way.
   */
  ask(destination: Ipv4, sequence: number): SendFailure | undefined;
  /** Closes it. */
  close(): void;
}

/** The echo sockets of a namespace, told apart by their identifiers. */
export class EchoSockets {
  readonly #stack: Ipv4Stack;
  readonly #namespace: NetworkNamespace;
  readonly #replied = new Map<number, (sequence: number) => void>();

  /**
   * @param stack The stack that they send through.
   * @param namespace Whose sockets.
   */
  constructor(stack: Ipv4Stack, namespace: NetworkNamespace) {
    this.#stack = stack;
    this.#namespace = namespace;
  }

  /**
   * Opens a socket.
   *
   * @param replied Hears of each reply.
   */
  open(replied: (sequence: number) => void): EchoSocket {
    let identifier = this.#namespace.machine.random.nextUint32() & 0xffff;
    while (this.#replied.has(identifier)) identifier = (identifier + 1) & 0xffff;
    this.#replied.set(identifier, replied);
    return {
      ask: (destination, sequence) => {
        this.#namespace.snmp.add("Icmp", "OutMsgs");
        this.#namespace.snmp.addIcmp("Out", ICMP_TYPE.echoRequest);
        const message = {
          type: ICMP_TYPE.echoRequest,
          code: 0,
          identifier,
          sequence,
          payload: new Uint8Array(PAYLOAD_BYTES),
        };
        const payload = () => encodeIcmp(message);
        return this.#stack.send({
          ...{ destination, protocol: PROTOCOL_ICMP, payload },
          dontFragment: "where it fits",
        });
      },
      close: () => this.#replied.delete(identifier),
    };
  }

  /**
   * Hands a reply to the socket that asked.
   *
   * @param identifier Whose question it answers.
   * @param sequence Which question it answers.
   * @returns Whether there is such a socket.
   */
  replied(identifier: number, sequence: number): boolean {
    const hear = this.#replied.get(identifier);
    hear?.(sequence);
    return hear !== undefined;
  }

  /**
   * Tells whether a socket asks under an identifier. It need not hear of errors: like `ping`, it
   * just never gets its reply.
   *
   * @param identifier The identifier.
   */
  knows(identifier: number): boolean {
    return this.#replied.has(identifier);
  }
}
