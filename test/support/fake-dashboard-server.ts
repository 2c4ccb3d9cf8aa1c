import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type {
  Alert,
  Annotation,
  ClientMessage,
  Command,
  LayerFrame,
  Plan,
  ScanStatus,
  ServerMessage,
} from '../../protocol/index.ts';
import { encodeFrame, LIVE_SUBPROTOCOL } from '../../protocol/index.ts';
import { annotated } from './fake-annotations.ts';
import { planAfter } from './fake-plan.ts';
import { FakeScan } from './fake-scan.ts';
import { FakeSessions } from './fake-sessions.ts';
import { type FakeTopicOptions, progressOf, topicsOf } from './fake-topics.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As strict as the monitor's own. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

export interface FakeServerOptions extends FakeTopicOptions {
  /** Folder of the built client. */
  clientDir: string;
  shape?: [number, number];
  port?: number;
  edges?: readonly string[];
  gapAt?: number;
  /** Whether a low loss was measured beside the core loss. */
  lowLoss?: boolean;
  /** Whether there is a map of what a rescan is worth; the plan itself is `propose`d. */
  planned?: boolean;
  /** Whether references name the classes. */
  named?: boolean;
  /** Whether there are maps of how uncertain classes are. */
  judged?: boolean;
  /** Recorded sessions, by default none yet; `false` for a monitor that has no such addresses. */
  sessions?: FakeSessions | false;
  /** Nothing has been scanned since the monitor started. */
  waiting?: boolean;
}

/** A monitor that only pretends: true wire, invented scan, moved on by the test. */
export class FakeDashboardServer {
  readonly url: string;
  scan: FakeScan;
  alerts: Alert[] = [];
  annotations: Annotation[] = [];
  plan: Plan | undefined;
  /** False until the first scan of this run. */
  hasScan: boolean;
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
  readonly #sessions: FakeSessions | undefined;
  readonly #http: ReturnType<typeof createServer>;
  readonly #sockets: WebSocketServer;
  /** Those that look at the live scan. */
  readonly #live = new Set<WebSocket>();
  #status: ScanStatus = 'waiting';
  #newestAt = Date.now();
  readonly #startedAt = Date.now();

  static async start(options: FakeServerOptions): Promise<FakeDashboardServer> {
    let server: FakeDashboardServer | undefined;
    const sessions = options.sessions === false ? undefined : (options.sessions ?? new FakeSessions([]));
    const http = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (path === '/api/status') {
        response.end(JSON.stringify(server === undefined ? {} : server.#report()));
        return;
      }
      if (sessions?.serve(path, request, response)) return;
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
    server = new FakeDashboardServer(options, http, sessions);
    return server;
  }

  private constructor(
    options: FakeServerOptions,
    http: ReturnType<typeof createServer>,
    sessions: FakeSessions | undefined,
  ) {
    this.#options = options;
    this.#sessions = sessions;
    this.hasScan = !options.waiting;
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
    this.#sockets.on('connection', (socket, request) => {
      const session = new URL(request.url ?? '/', 'http://localhost').searchParams.get('session');
      const player = session === null ? undefined : sessions?.player(session);
      if (session === null) this.#join(socket);
      else if (player === undefined) socket.close();
      else player.join(socket, this.sessionId);
    });
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
    this.#broadcast(progressOf(this.scan, this.#moment));
  }

  raise(alert: Alert): void {
    this.alerts = [...this.alerts.filter((one) => one.id !== alert.id), alert];
    this.#broadcast({ type: 'alerts', alerts: this.alerts });
  }

  /** A plan of the test's own making; the commands of pages change it from then on. */
  propose(plan: Plan): void {
    this.plan = plan;
    this.#broadcast(plan);
  }

  beginScan(shape?: [number, number]): void {
    this.scan = this.#newScan(this.scan.message.epoch + 1, shape);
    this.#status = 'waiting';
    this.annotations = [];
    this.plan = undefined;
    this.hasScan = true;
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
    this.#sessions?.close();
    this.#sockets.close();
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  #newScan(epoch: number, asked?: [number, number]): FakeScan {
    const { edges, gapAt, lowLoss, planned, named, judged } = this.#options;
    const shape = asked ?? this.#options.shape ?? [112, 112];
    return new FakeScan({
      shape,
      epoch,
      ...(lowLoss && { lowLoss }),
      ...(planned && { planned }),
      ...(named && { named }),
      ...(judged && { judged }),
      ...(edges && { edges }),
      ...(gapAt !== undefined && { gapAt }),
    });
  }

  #join(socket: WebSocket): void {
    this.joins++;
    this.#live.add(socket);
    socket.on('close', () => this.#live.delete(socket));
    const { scan } = this;
    socket.send(
      JSON.stringify({ type: 'hello', sessionId: this.sessionId, version: '0.0.0', capabilities: [] }),
    );
    if (this.hasScan) {
      socket.send(JSON.stringify(scan.message));
      for (const topic of this.#topics()) socket.send(JSON.stringify(topic));
      for (const layer of scan.message.layers)
        socket.send(encodeFrame(scan.frame(layer, 0, scan.message.scan.shape[0])));
    }
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage;
      if (message.type !== 'spectrum') {
        this.#carryOut(message.command);
        socket.send(JSON.stringify({ type: 'answer', request: message.request }));
        return;
      }
      this.requests++;
      socket.send(JSON.stringify(this.scan.spectrum(message.pixel, message.request)));
    });
  }

  #carryOut(command: Command): void {
    this.commands.push(command);
    const { plan } = this;
    if (command.type === 'plan' || command.type === 'accept-plan' || command.type === 'withdraw-plan') {
      if (plan !== undefined) this.propose(planAfter(plan, command, this.scan.pixels, Date.now()));
      return;
    }
    if (command.type !== 'annotate' && command.type !== 'remove-annotation') return;
    this.annotations = annotated(this.annotations, command, Date.now());
    const { epoch } = this.scan.message;
    this.#broadcast({ type: 'annotations', epoch, annotations: this.annotations });
  }

  #topics(): ServerMessage[] {
    return [
      ...topicsOf(this.scan, this.#moment, this.#options),
      { type: 'alerts', alerts: this.alerts },
      { type: 'annotations', epoch: this.scan.message.epoch, annotations: this.annotations },
      ...(this.plan === undefined ? [] : [this.plan]),
    ];
  }

  get #moment() {
    return {
      status: this.#status,
      elapsedSeconds: (Date.now() - this.#startedAt) / 1000,
      newestAt: this.#newestAt,
    };
  }

  /** As `/api/status` has it, as far as a dashboard reads it. */
  #report(): unknown {
    const { scan } = this.scan.message;
    return {
      protocol: this.protocol ?? LIVE_SUBPROTOCOL,
      version: '0.0.0',
      status: this.hasScan ? this.#status : 'waiting',
      ...(this.hasScan && { scan, progress: progressOf(this.scan, this.#moment) }),
    };
  }

  #broadcast(message: ServerMessage): void {
    for (const socket of this.#live) socket.send(JSON.stringify(message));
  }

  #broadcastBytes(bytes: Uint8Array): void {
    for (const socket of this.#live) socket.send(bytes);
  }
}
