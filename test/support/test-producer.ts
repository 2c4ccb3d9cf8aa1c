import { once } from 'node:events';
import { Packr, unpack } from 'msgpackr';
import { WebSocket } from 'ws';
import type { IngestReply, ProducerMessage } from '../../protocol/ingest.ts';

const packr = new Packr({ useRecords: false });

/** A producer that says what tests tell it to. */
export class TestProducer {
  readonly ws: WebSocket;
  readonly replies: IngestReply[] = [];
  #wake: () => void = () => {};

  private constructor(url: string) {
    this.ws = new WebSocket(`${url.replace('http', 'ws')}/ingest`);
    this.ws.on('error', () => {});
    this.ws.on('close', () => this.#wake());
    this.ws.on('message', (data: Buffer) => {
      this.replies.push(unpack(data));
      this.#wake();
    });
  }

  static async connect(url: string): Promise<TestProducer> {
    const producer = new TestProducer(url);
    await once(producer.ws, 'open');
    return producer;
  }

  /** Sends a message as it is, also one that the protocol does not have. */
  send(message: ProducerMessage | Record<string, unknown>): void {
    this.ws.send(packr.pack(message));
  }

  /** Sends a message and waits for a reply of a kind that comes after it. */
  async ask<Type extends IngestReply['type']>(
    message: ProducerMessage | Record<string, unknown>,
    type: Type,
  ): Promise<Extract<IngestReply, { type: Type }>> {
    const before = this.replies.length;
    this.send(message);
    return this.reply(type, before);
  }

  /** Waits for the first reply of a kind from a place on. */
  async reply<Type extends IngestReply['type']>(
    type: Type,
    from = 0,
    holds: (reply: Extract<IngestReply, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<IngestReply, { type: Type }>> {
    for (;;) {
      for (const reply of this.replies.slice(from))
        if (reply.type === type && holds(reply as Extract<IngestReply, { type: Type }>))
          return reply as Extract<IngestReply, { type: Type }>;
      if (this.ws.readyState === WebSocket.CLOSED)
        throw new Error(`closed without ${type}; got ${JSON.stringify(this.replies.slice(from))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = await once(this.ws, 'close');
    return { code, reason: String(reason) };
  }

  /** Ends the connection without a goodbye. */
  async drop(): Promise<void> {
    const closed = once(this.ws, 'close');
    this.ws.terminate();
    await closed;
  }
}
