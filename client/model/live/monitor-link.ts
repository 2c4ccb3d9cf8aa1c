import { effect } from '@preact/signals-core';
import type { AnnotationCommand, Command, ServerMessage, SpectrumRequest } from '../../../protocol/index.ts';
import {
  decodeBundle,
  InputError,
  LIVE_BUNDLES_SUBPROTOCOL,
  LIVE_SUBPROTOCOL,
} from '../../../protocol/index.ts';
import { steadyNow } from '../../steady-now.ts';
import { checkedMessage, parseMessages } from '../../transport/decode.ts';
import type { Received } from '../../transport/inbox.ts';
import { Inbox } from '../../transport/inbox.ts';
import { LiveSocket } from '../../transport/live-socket.ts';
import type { MonitorApi } from '../../transport/monitor-api.ts';
import { liveUrlOf } from '../../transport/monitor-url.ts';
import { HeldSpectra } from '../recordings/held-spectra.ts';
import { NewScanHold } from '../recordings/new-scan-hold.ts';
import { CommandRequests } from './command-requests.ts';
import type { LiveModel } from './live-model.ts';
import type { Clock } from './spectrum-requests.ts';
import { SpectrumRequests } from './spectrum-requests.ts';

/** The monitor repeats its progress every 2 s: after this silence, ms, the connection is taken for dead. */
const SILENCE_MS = 12_000;

export interface MonitorLinkOptions {
  /** `/live` of the monitor. */
  liveUrl: string;
  api: MonitorApi;
  clock: Clock;
  /** The recorded session on show; undefined in the live view. */
  session(): string | undefined;
  /** Somebody looks at the scan on show. */
  isEngaged(): boolean;
  /** The connection is gone: what was asked gets no answer. */
  lost(): void;
}

/** What comes from the monitor into the model, and what is asked of the monitor. */
export class MonitorLink {
  readonly requests: SpectrumRequests;
  readonly newScan = new NewScanHold();
  readonly #model: LiveModel;
  readonly #options: MonitorLinkOptions;
  readonly #socket: LiveSocket;
  readonly #commands: CommandRequests;
  readonly #heldSpectra: HeldSpectra;
  readonly #stopFollowing: () => void;
  readonly #inbox = new Inbox((item) => this.#refusing(() => this.#receive(item)));

  constructor(model: LiveModel, options: MonitorLinkOptions) {
    const { liveUrl, api, clock, session, lost } = options;
    this.#model = model;
    this.#options = options;
    this.requests = new SpectrumRequests((message) => this.#askSpectrum(message), clock);
    this.#commands = new CommandRequests((message) => this.#socket.send(JSON.stringify(message)));
    this.#heldSpectra = new HeldSpectra({
      liveUrl,
      api,
      answer: (spectrum) => this.#hear({ ...spectrum, epoch: model.epoch ?? spectrum.epoch }),
      missing: () =>
        this.#say('Spectra of the earlier scan cannot be shown: it is not among the recorded scans.'),
    });
    this.#socket = new LiveSocket({
      url: () => liveUrlOf(liveUrl, session()),
      protocols: [LIVE_BUNDLES_SUBPROTOCOL, LIVE_SUBPROTOCOL],
      random: Math.random,
      onState: (state) => {
        if (state.phase !== 'live') {
          this.requests.reset();
          this.#commands.reset();
          lost();
        }
        model.connection.value = state;
      },
      onMessage: (item) => this.#inbox.push(item),
    });
    this.#stopFollowing = effect(() => {
      if (this.newScan.waiting.value === undefined) this.#heldSpectra.close();
    });
  }

  open(): void {
    this.#socket.open();
  }

  close(): void {
    this.#stopFollowing();
    this.#heldSpectra.close();
    this.#socket.close();
  }

  /** Called at a calm pace: a connection that has died without a word is opened anew. */
  watch(now: number): void {
    const { connection, newestProgress, lastReceivedAt, player } = this.#model;
    // A recording that rests has nothing to say.
    if (player.peek() !== undefined && player.peek()?.message.state !== 'playing') return;
    const silent = now - (lastReceivedAt.peek() ?? now);
    if (connection.peek().phase === 'live' && newestProgress.peek() !== undefined && silent > SILENCE_MS)
      this.#socket.reopen();
  }

  /** Shows the scan that waits. */
  followNewScan(): void {
    if (this.newScan.waiting.peek() === undefined) return;
    this.newScan.follow();
    this.#rejoin();
  }

  /** Turns to what `session` names now; nothing of the scan before is left. */
  turn(): void {
    this.newScan.reset();
    this.#model.clear();
    this.#rejoin();
  }

  /** Resolves when the command is carried out, to why not where it was refused; an alert says that too. */
  command(command: Command): Promise<string | undefined> {
    return this.#commands.ask(command);
  }

  async annotate(command: AnnotationCommand): Promise<string | undefined> {
    const waiting = this.newScan.waiting.peek();
    if (waiting === undefined) return this.command(command);
    const fault = `Notes are about the newest scan, ${waiting.name}; this is an earlier one. Open it from the list of recorded scans to write about it.`;
    this.#say(fault);
    return fault;
  }

  #rejoin(): void {
    this.#inbox.clear();
    this.#socket.reopen();
  }

  #receive(item: Received): void {
    if (typeof item === 'string')
      for (const value of parseMessages(item)) this.#refusing(() => this.#hear(checkedMessage(value)));
    else
      for (const frame of decodeBundle(item))
        this.#refusing(() => this.#model.receiveFrame(frame, steadyNow()));
  }

  #hear(message: ServerMessage | undefined): void {
    if (message === undefined || this.#isKeptBack(message)) return;
    this.#model.receive(message, steadyNow());
    if (message.type === 'answer') this.#commands.answered(message);
    if (message.type === 'spectrum') this.requests.answered(message);
    if (message.type === 'fault' && message.request !== undefined)
      this.requests.answered({ request: message.request });
  }

  #isKeptBack(message: ServerMessage): boolean {
    const model = this.#model;
    // A recording announces its own scan anew when the past is gone back to.
    if (model.isReplay || this.#options.session() !== undefined) return false;
    return this.newScan.keepsBack(message, {
      epoch: model.epoch,
      hasPictures: (model.progress.peek()?.message.spectra ?? 0) > 0,
      engaged: this.#options.isEngaged(),
    });
  }

  /** The monitor knows the spectra of its newest scan; those of an earlier one are in its recording. */
  #askSpectrum(request: SpectrumRequest): boolean {
    const scan = this.#model.scan.peek();
    if (scan !== undefined && this.newScan.waiting.peek() !== undefined)
      return this.#heldSpectra.ask(scan.scan.id, request);
    return this.#socket.send(JSON.stringify(request));
  }

  /** Bad messages and frames are told to the user, and the next one is taken. */
  #refusing(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#say(error.message);
    }
  }

  #say(message: string): void {
    this.#model.refused.value = { message, at: steadyNow() };
  }
}
