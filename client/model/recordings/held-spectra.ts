import type { PixelSpectrum, SpectrumRequest } from '../../../protocol/index.ts';
import { LIVE_SUBPROTOCOL } from '../../../protocol/index.ts';
import { checkedMessage, parseMessages } from '../../transport/decode.ts';
import { LiveSocket } from '../../transport/live-socket.ts';
import type { MonitorApi } from '../../transport/monitor-api.ts';
import { liveUrlOf } from '../../transport/monitor-url.ts';

export interface HeldSpectraOptions {
  liveUrl: string;
  api: Pick<MonitorApi, 'sessions'>;
  answer(spectrum: PixelSpectrum): void;
  /** Called where the scan has no recording. */
  missing(): void;
}

/** Requests spectra from the recording of a scan that is still on show after the monitor has begun the next. */
export class HeldSpectra {
  readonly #options: HeldSpectraOptions;
  #scanId: string | undefined;
  #socket: LiveSocket | undefined;
  #waiting: SpectrumRequest | undefined;

  constructor(options: HeldSpectraOptions) {
    this.#options = options;
  }

  /** @param scanId of the scan on show */
  ask(scanId: string, request: SpectrumRequest): boolean {
    this.#waiting = request;
    if (scanId !== this.#scanId) {
      this.close();
      this.#scanId = scanId;
      this.#waiting = request;
      void this.#find(scanId);
    } else this.#send();
    return true;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#scanId = undefined;
    this.#waiting = undefined;
  }

  async #find(scanId: string): Promise<void> {
    const answer = await this.#options.api.sessions().catch(() => undefined);
    if (scanId !== this.#scanId) return;
    // Newest first: an earlier scan may have had the same id.
    const found = answer?.sessions.find(({ scan, canReplay }) => scan.id === scanId && canReplay);
    if (found === undefined) this.#options.missing();
    else this.#open(found.id);
  }

  #open(session: string): void {
    const { liveUrl } = this.#options;
    this.#socket = new LiveSocket({
      url: () => liveUrlOf(liveUrl, session),
      protocols: [LIVE_SUBPROTOCOL],
      random: Math.random,
      onState: () => {},
      onMessage: (item) => {
        if (typeof item === 'string') for (const value of parseMessages(item)) this.#handle(value);
      },
    });
    this.#socket.open();
  }

  #handle(value: unknown): void {
    const message = checkedMessage(value);
    if (message?.type === 'scan') this.#send();
    if (message?.type === 'spectrum') this.#options.answer(message);
  }

  #send(): void {
    if (this.#waiting && this.#socket?.send(JSON.stringify(this.#waiting))) this.#waiting = undefined;
  }
}
