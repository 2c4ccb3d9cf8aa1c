import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIVE_SUBPROTOCOL } from '../../protocol/index.ts';
import { TestProducer } from '../support/test-producer.ts';

const PACE_MS = 25;
const PATIENCE_MS = 5000;
/** Of a pixel that there is not: the answer is a fault, whatever the monitor shows. */
const REQUEST = JSON.stringify({ type: 'spectrum', request: 1, pixel: 2 ** 40 });

/** Well-behaved clients of a monitor: a page, a producer and a script, and how long they wait for answers. */
export class HealthyClients {
  /** ms, of every answer. */
  readonly lags: number[] = [];
  /** Answers that never came. */
  lost = 0;
  readonly #url: string;
  readonly #page: WebSocket;
  readonly #producer: TestProducer;

  private constructor(url: string, page: WebSocket, producer: TestProducer) {
    this.#url = url;
    this.#page = page;
    this.#producer = producer;
  }

  static async join(url: string): Promise<HealthyClients> {
    const page = new WebSocket(`${url.replace('http', 'ws')}/live`, LIVE_SUBPROTOCOL);
    await once(page, 'open');
    return new HealthyClients(url, page, await TestProducer.connect(url));
  }

  /** Asks again and again until `signal` aborts, and leaves. */
  async ask(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#measure(signal, async () => {
        this.#page.send(REQUEST);
        await once(this.#page, 'message');
      }),
      this.#measure(signal, () => this.#producer.ask({ type: 'plan?' }, 'plan')),
      this.#measure(signal, async () => (await fetch(`${this.#url}/api/status`)).text()),
    ]);
    this.#page.terminate();
    this.#producer.ws.terminate();
  }

  async #measure(signal: AbortSignal, ask: () => Promise<unknown>): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      const answer = ask().then(
        () => true,
        () => false,
      );
      if (await Promise.race([answer, delay(PATIENCE_MS, false)])) this.lags.push(performance.now() - began);
      else this.lost++;
      await delay(PACE_MS);
    }
  }
}
