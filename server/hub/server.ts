import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type Comparison,
  DEFAULT_PORT,
  LIVE_BUNDLES_SUBPROTOCOL,
  LIVE_SUBPROTOCOL,
} from '../../protocol/index.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import type { SessionLibrary } from '../replay/session-library.ts';
import { VERSION } from '../version.ts';
import { Access, type Endpoint, type Refusal, requestUrl, securityHeaders } from './access.ts';
import { createApp } from './app.ts';
import { Exports } from './exports.ts';
import { HttpBudget } from './http-budget.ts';
import { Hub } from './hub.ts';
import { CLOSE, type DeliveryLimits } from './limits.ts';
import { listenFault } from './listen-fault.ts';
import { createMetrics } from './metrics.ts';
import { PlayerRooms } from './player-rooms.ts';
import { sessionRoutes } from './session-routes.ts';

export interface ServerOptions {
  /** Address to bind to; loopback unless asked otherwise. */
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  /** Demanded of every request; must be given when `host` is not loopback. */
  token?: string;
  state: LiveState;
  /** Folder of the built dashboard. */
  clientDirectory: string;
  /** Takes the sockets of producers on `/ingest`; without it there is no such endpoint. */
  ingest?: IngestEndpoint;
  /** The recorded sessions that pages can look at. */
  library?: SessionLibrary;
  capabilities?: string[];
  /** Where the monitor looks for scans, for people. */
  awaits?: string;
  /** What `/api/compare` serves, and the page beside it. */
  comparison?: Comparison;
  limits?: Partial<DeliveryLimits>;
}

/** Where producers speak. */
export interface IngestEndpoint {
  /** Why no further producer can be taken now; undefined where one can. */
  refusal(): string | undefined;
  accept(ws: WebSocket, wire: Socket): void;
}

export interface RunningServer {
  /** Without a slash at its end, for scripts. */
  url: string;
  /** What to open in a browser: bears the token where one is needed. */
  openUrl: string;
  port: number;
  /** Whether pages look at a recorded session. */
  isShown(session: string): boolean;
  close(): Promise<void>;
}

/** What dashboards may speak, in the order of preference. */
const SPOKEN: readonly string[] = [LIVE_BUNDLES_SUBPROTOCOL, LIVE_SUBPROTOCOL];
const MOST_DASHBOARDS = 64;
/** Dashboards, producers, and what HttpLimits allow, twice over. */
const MOST_CONNECTIONS = 640;
/** Messages of dashboards are a few words long. */
const LIVE_SOCKETS = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 64 * 1024,
  maxFragments: 16,
  /** A client that is closed for not reading will not read the goodbye either. */
  closeTimeout: 5000,
};
const INGEST_SOCKETS = { noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 };
const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/**
 * Serves dashboards, scripts and producers on one port.
 * @throws InputError when the address needs a token and has none, or cannot be bound
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = DEFAULT_PORT, token, state, clientDirectory, ingest } = options;
  let boundPort = port;
  const access = new Access({ host, port: () => boundPort, ...(token !== undefined && { token }) });
  const sessionId = randomUUID();
  const { library, capabilities = [], limits, awaits } = options;
  const hubOptions = {
    sessionId,
    version: VERSION,
    capabilities: [...(library ? ['sessions'] : []), ...(ingest ? ['ingest'] : []), ...capabilities],
    ...(awaits !== undefined && { awaits }),
    ...(limits && { limits }),
  };
  const hub = new Hub({ ...hubOptions, state });
  const rooms = library && new PlayerRooms(library, hubOptions);
  const metrics = createMetrics(state, hub);
  const exports = new Exports();
  const app = createApp({
    state,
    hub,
    metrics,
    clientDirectory,
    sessionId,
    version: VERSION,
    exports,
    ...(library && rooms && { recorded: sessionRoutes(library, rooms, exports) }),
    ...(options.comparison && { comparison: options.comparison }),
  });
  const respond = getRequestListener(app.fetch, {
    errorHandler: (error) => Response.json({ error: `request: ${messageOf(error)}` }, { status: 400 }),
  });

  const server = createServer(
    // Node looks for late headers only this often.
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 },
    (request, response) => {
      for (const [name, value] of Object.entries(securityHeaders(request.headers.host ?? '')))
        response.setHeader(name, value);
      if (!budget.take(request.socket, response))
        return answer(response, { status: 503, message: 'too many requests at once', retryAfter: 1 });
      const refusal = access.refusal(request, isReading(request) ? 'page' : 'change');
      if (refusal) return answer(response, refusal);
      const cookie = access.cookieFor(request);
      if (cookie) response.setHeader('Set-Cookie', cookie);
      if (cookie && isPage(request)) return goOnWithoutToken(request, response);
      void respond(request, response);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  const budget = new HttpBudget(server);
  server.on('clientError', (_error, socket) => socket.destroy());

  const dashboards = new WebSocketServer({
    ...LIVE_SOCKETS,
    handleProtocols: (offered) => SPOKEN.find((protocol) => offered.has(protocol)) ?? false,
  });
  const producers = new WebSocketServer(INGEST_SOCKETS);
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    // Finds out about peers that vanished without a word.
    (socket as Socket).setKeepAlive(true, 10_000);
    const endpoint = endpointOf(request);
    if (endpoint === undefined)
      return refuse(socket, 404, `${request.url}: no WebSocket here; expected /live or /ingest`);
    const refusal = access.refusal(request, endpoint);
    if (refusal) return refuse(socket, refusal.status, refusal.message, refusal.retryAfter);
    if (endpoint === 'live') {
      if (!offeredProtocols(request).some((protocol) => SPOKEN.includes(protocol)))
        return refuse(socket, 400, `subprotocol: expected ${LIVE_SUBPROTOCOL}; reload the dashboard`);
      if (hub.connections >= MOST_DASHBOARDS)
        return refuse(socket, 503, `${MOST_DASHBOARDS} dashboards are connected already`);
      void admit(request, socket, head);
    } else {
      if (!ingest) return refuse(socket, 404, '/ingest: this monitor does not listen for producers');
      const full = ingest.refusal();
      if (full !== undefined) return refuse(socket, 503, full);
      producers.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => ws.terminate());
        ingest.accept(ws, request.socket);
      });
    }
  });

  /** To the scan under way, or to the recorded one that is asked for. */
  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const session = requestUrl(request)?.searchParams.get('session') ?? undefined;
    try {
      if (session !== undefined && !rooms) throw new Error('session: this monitor keeps no sessions');
      const room = session === undefined ? hub : await rooms?.room(session);
      if (!socket.destroyed)
        dashboards.handleUpgrade(request, socket, head, (ws) => room?.accept(ws, request.socket));
    } catch (error) {
      refuse(socket, 404, messageOf(error));
    }
  };

  await listen(server, host, port);
  boundPort = (server.address() as AddressInfo).port;
  const url = `http://${urlHost(host)}:${boundPort}`;
  return {
    url,
    openUrl: token === undefined ? `${url}/` : `${url}/?token=${token}`,
    port: boundPort,
    isShown: (session) => rooms?.isOpen(session) ?? false,
    async close() {
      hub.close();
      await rooms?.close();
      metrics.close();
      for (const ws of producers.clients) ws.close(CLOSE.goingAway, 'the monitor stops');
      await closeServer(server, [dashboards, producers]);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFault(error, host, port)));
    server.listen(port, host, () => resolve());
  });
}

/** Gives clients a moment to say goodbye; whoever does not is cut off. */
async function closeServer(server: Server, socketServers: WebSocketServer[]): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  const clients = socketServers.flatMap((each) => [...each.clients]);
  const gone = clients.map((ws) => new Promise<void>((resolve) => ws.once('close', () => resolve())));
  const patience = setTimeout(() => {
    for (const ws of clients) ws.terminate();
  }, 500);
  await Promise.all(gone);
  clearTimeout(patience);
  await closed;
}

const endpointOf = (request: IncomingMessage): Exclude<Endpoint, 'page'> | undefined => {
  const path = requestUrl(request)?.pathname;
  if (path === '/live') return 'live';
  return path === '/ingest' ? 'ingest' : undefined;
};

const isReading = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

const offeredProtocols = (request: IncomingMessage): string[] =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());

const urlHost = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isPage = (request: IncomingMessage): boolean =>
  (request.headers.accept ?? '').includes('text/html') && !requestUrl(request)?.pathname.startsWith('/api/');

/** Reloads the page with its cookie; a redirect would not bear a SameSite cookie when a link led here from another site. */
function goOnWithoutToken(request: IncomingMessage, response: ServerResponse): void {
  const path = requestUrl(request)?.pathname.replaceAll(/[^\w./-]/g, '') ?? '/';
  // Two slashes would begin the name of another host.
  const target = path.replace(/^\/*/, '/');
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.end(
    `<!doctype html><title>eelwatch</title><meta http-equiv="refresh" content="0; url=${target}">`,
  );
}

function answer(response: ServerResponse, { status, message, retryAfter }: Refusal): void {
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (retryAfter !== undefined) {
    response.setHeader('Retry-After', retryAfter);
    response.setHeader('Connection', 'close');
  }
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ error: message }));
}

/** Answers a handshake that is not taken up, with the reason in words. */
function refuse(socket: Duplex, status: number, message: string, retryAfter?: number): void {
  const body = Buffer.from(JSON.stringify({ error: message }));
  const retry = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status]}\r\nConnection: close\r\n${retry}Content-Type: application/json\r\n` +
      `Content-Length: ${body.byteLength}\r\n\r\n${body}`,
  );
}
