import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type {
  Alert,
  ClientMessage,
  Command,
  EdgeStatus,
  LayerFrame,
  Progress,
  ScanStatus,
  ServerMessage,
} from '../../protocol/index.ts';
import { encodeFrame, LIVE_SUBPROTOCOL } from '../../protocol/index.ts';
import { FakeScan } from './fake-scan.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As strict as the monitor's own. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const RATE = 98;

export interface FakeServerOptions {
  /** Folder of the built client. */
  clientDir: string;
  shape?: [number, number];
  port?: number;
  /** Pixels before the first model. */
  firstModelAt?: number;
  edges?: readonly string[];
  gapAt?: number;
  /** Whether a low loss was measured beside the core loss. */
  lowLoss?: boolean;
  /** Edge that cannot be analysed, with the reason. */
  unavailable?: { edge: string; note: string };
}

/** A monitor that only pretends: true wire, invented scan, moved on by the test. */
export class FakeDashboardServer {
  readonly url: string;
  scan: FakeScan;
  alerts: Alert[] = [];
  /** Spectrum requests received. */
  requests = 0;
  /** What was asked for. */
  readonly commands: Command[] = [];
  /** Joins so far. */
  joins = 0;
  sessionId = 'fake-1';
  /** Protocol it speaks instead of the dashboard's. */
  protocol: string | undefined;
  readonly #options: FakeServerOptions;
  readonly #http: ReturnType<typeof createServer>;
  readonly #sockets: WebSocketServer;
  #status: ScanStatus = 'waiting';
  #newestAt = Date.now();
  readonly #startedAt = Date.now();

  static async start(options: FakeServerOptions): Promise<FakeDashboardServer> {
    let server: FakeDashboardServer | undefined;
    const http = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (path === '/api/status') {
        response.end(JSON.stringify({ protocol: server?.protocol ?? LIVE_SUBPROTOCOL }));
        return;
      }
      const file = join(options.clientDir, path === '/' ? 'index.html' : path);
      readFile(file).then(
        (body) => {
          response.writeHead(200, {
            'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
            'content-security-policy': POLICY,
          });
          response.end(body);
        },
        () => {
          response.writeHead(404);
          response.end();
        },
      );
    });
    await new Promise<void>((resolve) => {
      http.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    server = new FakeDashboardServer(options, http);
    return server;
  }

  private constructor(options: FakeServerOptions, http: ReturnType<typeof createServer>) {
    this.#options = options;
    this.#http = http;
    this.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    this.scan = this.#newScan(1);
    this.#sockets = new WebSocketServer({
      server: http,
      path: '/live',
      handleProtocols: (offered) => {
        const spoken = this.protocol ?? LIVE_SUBPROTOCOL;
        return offered.has(spoken) ? spoken : false;
      },
    });
    this.#sockets.on('connection', (socket) => this.#join(socket));
  }

  /** Scans up to `pixel`, and fits new models there when `refit` says so. */
  advanceTo(pixel: number, refit = false): void {
    const { scan } = this;
    const from = scan.scanned;
    scan.scanned = Math.min(pixel, scan.pixels);
    this.#newestAt = Date.now();
    this.#status = 'live';
    const columns = scan.message.scan.shape[1];
    const grown = { first: Math.floor(from / columns), end: Math.ceil(scan.scanned / columns) };
    const covered = { first: Math.floor(scan.modelled / columns), end: grown.end };
    if (refit) {
      scan.revision++;
      covered.first = 0;
    }
    if (scan.revision > 0) scan.modelled = scan.scanned;
    for (const topic of this.#topics()) this.#broadcast(topic);
    for (const layer of scan.message.layers) {
      const modelled = ['labels', 'embedding', 'information'].includes(layer.kind);
      const { first, end } = modelled ? covered : grown;
      if (modelled && scan.revision === 0) continue;
      if (end > first) this.#broadcastBytes(encodeFrame(scan.frame(layer, first, end - first)));
    }
  }

  finish(status: ScanStatus = 'complete'): void {
    this.#status = status;
    for (const topic of this.#topics()) this.#broadcast(topic);
  }

  /** Only the time goes on. */
  tick(): void {
    this.#broadcast(this.#progress());
  }

  raise(alert: Alert): void {
    this.alerts = [...this.alerts.filter((one) => one.id !== alert.id), alert];
    this.#broadcast({ type: 'alerts', alerts: this.alerts });
  }

  beginScan(shape?: [number, number]): void {
    this.scan = this.#newScan(this.scan.message.epoch + 1, shape);
    this.#status = 'waiting';
    this.#broadcast(this.scan.message);
    for (const topic of this.#topics()) this.#broadcast(topic);
  }

  /** A frame of the test's own making. */
  sendFrame(frame: LayerFrame): void {
    this.#broadcastBytes(encodeFrame(frame));
  }

  /** Cuts all connections, as a network does. */
  drop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  get clients(): number {
    return this.#sockets.clients.size;
  }

  async close(): Promise<void> {
    this.drop();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  #newScan(epoch: number, asked?: [number, number]): FakeScan {
    const { edges, gapAt, lowLoss } = this.#options;
    const shape = asked ?? this.#options.shape ?? [112, 112];
    return new FakeScan({
      shape,
      epoch,
      ...(lowLoss && { lowLoss }),
      ...(edges && { edges }),
      ...(gapAt !== undefined && { gapAt }),
    });
  }

  #join(socket: WebSocket): void {
    this.joins++;
    const { scan } = this;
    socket.send(
      JSON.stringify({ type: 'hello', sessionId: this.sessionId, version: '0.0.0', capabilities: [] }),
    );
    socket.send(JSON.stringify(scan.message));
    for (const topic of this.#topics()) socket.send(JSON.stringify(topic));
    for (const layer of scan.message.layers)
      socket.send(encodeFrame(scan.frame(layer, 0, scan.message.scan.shape[0])));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage;
      if (message.type !== 'spectrum') {
        this.commands.push(message.command);
        socket.send(JSON.stringify({ type: 'answer', request: message.request }));
        return;
      }
      this.requests++;
      socket.send(JSON.stringify(this.scan.spectrum(message.pixel, message.request)));
    });
  }

  #topics(): ServerMessage[] {
    const { scan } = this;
    const { edges } = scan.message;
    const firstModelAt = this.#options.firstModelAt ?? 400;
    const next =
      scan.revision === 0 ? firstModelAt : Math.min(scan.pixels, firstModelAt * 4 ** scan.revision);
    const { unavailable } = this.#options;
    const topics: ServerMessage[] = [this.#progress(), { type: 'alerts', alerts: this.alerts }];
    for (const { name } of edges) {
      const status: EdgeStatus =
        this.#status === 'complete' ? 'final' : scan.revision > 0 ? 'live' : 'collecting';
      const state = scan.edgeState(name, status, next);
      topics.push(
        unavailable?.edge === name ? { ...state, status: 'unavailable', note: unavailable.note } : state,
      );
      if (scan.revision > 0) topics.push(scan.classSpectra(name));
    }
    if (scan.scanned > 0) topics.push(scan.sumSpectrum());
    if (scan.revision > 0)
      for (const { pair } of scan.message.layers) if (pair) topics.push(scan.information(pair[0], pair[1]));
    return topics;
  }

  #progress(): Progress {
    const { scan } = this;
    return {
      type: 'progress',
      epoch: scan.message.epoch,
      status: this.#status,
      spectra: scan.scanned,
      total: scan.pixels,
      nextPixel: scan.scanned,
      rate: RATE,
      etaSeconds: (scan.pixels - scan.scanned) / RATE,
      elapsedSeconds: (Date.now() - this.#startedAt) / 1000,
      newestAt: this.#newestAt,
      sentAt: Date.now(),
      backlog: 0,
    };
  }

  #broadcast(message: ServerMessage): void {
    for (const socket of this.#sockets.clients) socket.send(JSON.stringify(message));
  }

  #broadcastBytes(bytes: Uint8Array): void {
    for (const socket of this.#sockets.clients) socket.send(bytes);
  }
}
