import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Packr, unpack } from 'msgpackr';
import { type WebSocket, WebSocketServer } from 'ws';
import { noPlan, type PlanReply } from '../../protocol/index.ts';
import type { IngestScan, IngestSpectra } from '../../protocol/ingest.ts';

const packr = new Packr({ useRecords: false });

/** A scan as it came. */
export interface PushedScan {
  message: IngestScan;
  /** Bytes of the core loss, message after message. */
  data: Buffer[];
  spectra: number;
  ended: boolean;
}

export const NO_PLAN: PlanReply = noPlan('There is no plan');

/** Takes what producers push, and answers their questions as a test says. */
export class FakePlanningIngest {
  readonly scans: PushedScan[] = [];
  asked = 0;
  /** Called at each question. */
  answer: (scans: readonly PushedScan[], asked: number) => PlanReply = () => NO_PLAN;
  readonly #http: Server = createServer();
  readonly #sockets = new WebSocketServer({ server: this.#http });

  async open(): Promise<string> {
    this.#sockets.on('connection', (ws) => this.#accept(ws));
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ingest`;
  }

  async close(): Promise<void> {
    for (const ws of this.#sockets.clients) ws.terminate();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** Cuts all connections, without a goodbye. */
  cut(): void {
    for (const ws of this.#sockets.clients) ws.terminate();
  }

  #accept(ws: WebSocket): void {
    let scan: PushedScan | undefined;
    const reply = (message: object) => ws.send(packr.pack(message));
    ws.on('message', (bytes: Buffer) => {
      const message = unpack(bytes);
      if (message.type === 'plan?') reply(this.answer(this.scans, ++this.asked));
      else if (message.type === 'scan') {
        scan = { message, data: [], spectra: 0, ended: false };
        this.scans.push(scan);
        reply({ type: 'ready', next: 0 });
      } else if (message.type === 'spectra' && scan) {
        const { first, count, data }: IngestSpectra = message;
        scan.spectra = first + count;
        scan.data.push(Buffer.from(data));
        reply({ type: 'ack', next: scan.spectra, synced: scan.spectra });
      } else if (message.type === 'end' && scan) scan.ended = true;
    });
  }
}
