import { setTimeout as delay } from 'node:timers/promises';
import { Packr, Unpackr } from 'msgpackr';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { InputError, PLAN_VERSION, type PlanReply } from '../../protocol/index.ts';
import { conform } from '../../protocol/schema.ts';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
const rectangle = {
  y: whole(0),
  x: whole(0),
  height: whole(1),
  width: whole(1),
};
const dwells = v.pipe(v.number(), v.finite(), v.gtValue(0));

const planReply = v.object({
  type: v.literal('plan'),
  version: v.literal(PLAN_VERSION),
  scan: v.exactOptional(v.string()),
  number: whole(0),
  status: v.picklist(['none', 'proposed', 'accepted', 'expired']),
  verdict: v.picklist(['rescan', 'no-rescan', 'too-early']),
  words: v.string(),
  expiredFor: v.exactOptional(v.string()),
  final: v.exactOptional(v.boolean()),
  regions: v.array(
    v.object({
      ...rectangle,
      dwells,
      number: whole(0),
      region: v.object({ ...rectangle, parentId: v.string(), dwells: v.exactOptional(dwells) }),
    }),
  ),
});

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5000;

/** Asks a monitor what to scan next; a lost connection is made again. */
export class PlanClient {
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;
  #socket: WebSocket | undefined;

  constructor(url: string, signal?: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
  }

  /**
   * The monitor's answer as it is now.
   * @throws InputError when the answer is not one, AbortError when aborted
   */
  async ask(): Promise<PlanReply> {
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
      try {
        return await this.#askOnce();
      } catch (error) {
        if (error instanceof InputError) throw error;
        this.#signal?.throwIfAborted();
        await delay(wait, undefined, this.#signal ? { signal: this.#signal } : {});
      }
    }
  }

  close(): void {
    this.#socket?.close(1000);
    this.#socket = undefined;
  }

  async #askOnce(): Promise<PlanReply> {
    const socket = await this.#connect();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        socket.off('message', take);
        socket.off('close', lose);
        this.#signal?.removeEventListener('abort', stop);
        act();
      };
      const take = (data: Buffer) => {
        const reply = replyIn(data);
        if (reply?.type === 'plan')
          settle(() => {
            try {
              resolve(conform(planReply, withoutNil(reply), this.#url));
            } catch (error) {
              reject(error);
            }
          });
        else if (reply?.type === 'error')
          settle(() => reject(new InputError(this.#url, String(reply['code']), String(reply['message']))));
      };
      const lose = () => settle(() => reject(new Error('the connection was lost')));
      const stop = () => settle(() => reject(this.#signal?.reason));
      socket.on('message', take);
      socket.on('close', lose);
      this.#signal?.addEventListener('abort', stop, { once: true });
      socket.send(packr.pack({ type: 'plan?' }));
    });
  }

  #connect(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return Promise.resolve(this.#socket);
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        this.#socket = socket;
        resolve(socket);
      });
    });
  }
}

function replyIn(data: Buffer): Record<string, unknown> | undefined {
  const value: unknown = unpackr.unpack(data);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** nil stands for an absent field. */
function withoutNil(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNil);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null && field !== undefined)
      .map(([name, field]) => [name, withoutNil(field)]),
  );
}
