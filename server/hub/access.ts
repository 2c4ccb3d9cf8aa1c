import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { InputError } from '../../protocol/index.ts';
import { isToken, TOKEN_RULE } from '../token.ts';
import { WrongTokens } from './wrong-tokens.ts';

/** What a request is for; all but pages need more care, since browsers send them across origins. `change`: it is not one for reading. */
export type Endpoint = 'page' | 'change' | 'live' | 'ingest';

export interface Refusal {
  status: 400 | 401 | 403 | 429 | 503;
  message: string;
  /** Seconds after which to try again. */
  retryAfter?: number;
}

export interface AccessOptions {
  /** The address the server is bound to. */
  host: string;
  /** The port, known once the server listens. */
  port: () => number;
  /** Demanded of every request when given; must be given when `host` is not loopback. */
  token?: string;
}

const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1'];
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i;
export const isLoopback = (host: string): boolean => LOOPBACK_HOSTS.includes(host);

const digest = (text: string) => createHash('sha256').update(text).digest();
/** Takes the same time wherever the texts differ, and whatever their lengths. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/**
 * Who may ask for what. On loopback without a token: everybody on this machine, but no page of another origin and no name
 * that merely resolves to this machine (DNS rebinding). Elsewhere: the token's bearers alone.
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #hosts: Set<string>;
  readonly #anyAddress: boolean;
  readonly #cookieValue: string;
  readonly #wrongTokens = new WrongTokens();

  /** @throws InputError when the host needs a token and none is given, or the token can be guessed */
  constructor(options: AccessOptions) {
    const { host, token } = options;
    if (!isLoopback(host) && token === undefined)
      throw new InputError(
        '--host',
        'token',
        `expected a --token, since ${host} can be reached from elsewhere`,
      );
    if (token !== undefined && !isToken(token))
      throw new InputError('--token', 'token', `expected ${TOKEN_RULE}`);
    this.#options = options;
    this.#anyAddress = host === '0.0.0.0' || host === '::';
    this.#hosts = new Set([...LOOPBACK_HOSTS, host.toLowerCase()]);
    if (this.#anyAddress) this.#hosts.add(hostname().toLowerCase());
    // Not the token itself: what a browser keeps must not open the door to programs.
    this.#cookieValue = token
      ? createHmac('sha256', token).update('eelwatch cookie').digest('base64url')
      : '';
  }

  /** Why a request must not be served; undefined when it may. */
  refusal(request: IncomingMessage, endpoint: Endpoint): Refusal | undefined {
    const host = request.headers.host ?? '';
    if (!this.#knowsHost(host))
      return { status: 403, message: `Host: expected an address of this monitor, found "${host}"` };
    const { token } = this.#options;
    const byToken = token !== undefined && this.#bearsToken(request, token);
    if (token !== undefined && !byToken && !this.#bearsCookie(request)) return this.#tokenRefusal(request);
    return endpoint === 'page' ? undefined : this.#originRefusal(request, host, endpoint, byToken);
  }

  /**
   * The header that lets a browser in from now on, when the request bears the token in its query: so that the token
   * stays out of history, bookmarks and logs.
   */
  cookieFor(request: IncomingMessage): string | undefined {
    const { token, port } = this.#options;
    const given = queryToken(request);
    if (token === undefined || given === undefined || !equal(given, token)) return undefined;
    return `eelwatch-${port()}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict`;
  }

  #knowsHost(header: string): boolean {
    const match = HOST.exec(header);
    if (!match || Number(match[3] ?? 80) !== this.#options.port()) return false;
    const name = (match[1] ?? match[2]).toLowerCase();
    // An address cannot be rebound to another machine as a name can.
    return this.#hosts.has(name) || (this.#anyAddress && isIP(name) > 0);
  }

  #originRefusal(
    request: IncomingMessage,
    host: string,
    endpoint: Endpoint,
    byToken: boolean,
  ): Refusal | undefined {
    const { origin } = request.headers;
    if (origin !== undefined)
      return origin === `http://${host}`
        ? undefined
        : { status: 403, message: `Origin: expected http://${host}, found "${origin}"` };
    // Programs send no Origin. A cookie alone never opens a WebSocket, since browsers always send one.
    const isProgram = byToken || (this.#options.token === undefined && isLoopback(this.#options.host));
    if (isProgram) return undefined;
    return {
      status: 403,
      message: `Origin: expected http://${host} or a token${endpoint === 'change' ? '' : ` on /${endpoint}`}`,
    };
  }

  #tokenRefusal(request: IncomingMessage): Refusal {
    const isGuess = givenBy(request) !== undefined;
    const wait = isGuess ? this.#wrongTokens.count(request.socket.remoteAddress ?? '') : undefined;
    if (wait === undefined)
      return { status: 401, message: 'token: expected "Authorization: Bearer <token>" or ?token=<token>' };
    const message = `token: too many wrong ones from this address; try again in ${wait} s`;
    return { status: 429, message, retryAfter: wait };
  }

  #bearsToken(request: IncomingMessage, token: string): boolean {
    const bearer = givenBy(request);
    return bearer !== undefined && equal(bearer, token);
  }

  #bearsCookie(request: IncomingMessage): boolean {
    const name = `eelwatch-${this.#options.port()}=`;
    const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    const value = cookies.find((cookie) => cookie.startsWith(name))?.slice(name.length);
    return value !== undefined && equal(value, this.#cookieValue);
  }
}

/** The URL of a request; undefined when it is none. A path that begins with two slashes is one, and no other host. */
export function requestUrl(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '/';
  try {
    return new URL(target.startsWith('/') ? `http://monitor${target}` : target);
  } catch {
    return undefined;
  }
}

const givenBy = (request: IncomingMessage): string | undefined =>
  /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? queryToken(request);

const queryToken = (request: IncomingMessage): string | undefined =>
  requestUrl(request)?.searchParams.get('token') ?? undefined;

/**
 * Headers of every answer. Nothing is loaded from elsewhere and nothing is evaluated; `blob:` workers are Pixi's image
 * loaders, `data:` and `blob:` images its textures and exported pictures.
 */
export function securityHeaders(host: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'self'",
      "worker-src 'self' blob:",
      "img-src 'self' data: blob:",
      `connect-src 'self' ws://${host}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}
