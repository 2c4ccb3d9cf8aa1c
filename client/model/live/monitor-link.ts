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

/** The monitor repeats its progress every 2 s: after this long without a message, ms, the connection counts as dead. */
const SILENCE_MS = 12_000;

export interface MonitorLinkOptions {
  /** `/live` of the monitor. */
  liveUrl: string;
  api: MonitorApi;
  clock: Clock;
  /** The recorded session on show; undefined in the live view. */
  session(): string | undefined;
  /** Whether the user is working with the scan on show. */
  isEngaged(): boolean;
  /** Called when the connection is lost: open requests get no answer. */
  lost(): void;
}

/** Passes messages of the monitor to the model, and requests of the page to the monitor. */
export class MonitorLink {
  readonly requests: SpectrumRequests;
  readonly newScan = new NewScanHold();
  readonly #model: LiveModel;
  readonly #options: MonitorLinkOptions;
  readonly #socket: LiveSocket;
  readonly #commands: CommandRequests;
  readonly #heldSpectra: HeldSpectra;
  readonly #stopFollowing: () => void;
  readonly #inbox = new Inbox((item) => this.#showingFaults(() => this.#receive(item)));

  constructor(model: LiveModel, options: MonitorLinkOptions) {
    const { liveUrl, api, clock, session, lost } = options;
    this.#model = model;
    this.#options = options;
    this.requests = new SpectrumRequests((message) => this.#askSpectrum(message), clock);
    this.#commands = new CommandRequests((message) => this.#socket.send(JSON.stringify(message)));
    this.#heldSpectra = new HeldSpectra({
      liveUrl,
      api,
      answer: (spectrum) => this.#handle({ ...spectrum, epoch: model.epoch ?? spectrum.epoch }),
      missing: () =>
        this.#showFault('Spectra of the earlier scan cannot be shown: it is not among the recorded scans.'),
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

  /** Reopens the connection if nothing has arrived for too long; called about once a second. */
  watch(now: number): void {
    const { connection, newestProgress, lastReceivedAt, player } = this.#model;
    // A paused recording sends nothing.
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

  /** Connects to the scan that `session` names now, and removes the previous one. */
  switchScan(): void {
    this.newScan.reset();
    this.#model.clear();
    this.#rejoin();
  }

  /** Resolves to undefined once the command is carried out, or to the reason for a refusal, which is shown as an alert, too. */
  command(command: Command): Promise<string | undefined> {
    return this.#commands.ask(command);
  }

  async annotate(command: AnnotationCommand): Promise<string | undefined> {
    const waiting = this.newScan.waiting.peek();
    if (waiting === undefined) return this.command(command);
    const fault = `Notes are about the newest scan, ${waiting.name}; this is an earlier one. Open it from the list of recorded scans to write about it.`;
    this.#showFault(fault);
    return fault;
  }

  #rejoin(): void {
    this.#inbox.clear();
    this.#socket.reopen();
  }

  #receive(item: Received): void {
    if (typeof item === 'string')
      for (const value of parseMessages(item)) this.#showingFaults(() => this.#handle(checkedMessage(value)));
    else
      for (const frame of decodeBundle(item))
        this.#showingFaults(() => this.#model.receiveFrame(frame, steadyNow()));
  }

  #handle(message: ServerMessage | undefined): void {
    if (message === undefined || this.#isKeptBack(message)) return;
    this.#model.receive(message, steadyNow());
    if (message.type === 'answer') this.#commands.answered(message);
    if (message.type === 'spectrum') this.requests.answered(message);
    if (message.type === 'fault' && message.request !== undefined)
      this.requests.answered({ request: message.request });
  }

  #isKeptBack(message: ServerMessage): boolean {
    const model = this.#model;
    // A recording announces its scan again after seeking backwards.
    if (model.isReplay || this.#options.session() !== undefined) return false;
    return this.newScan.keepsBack(message, {
      epoch: model.epoch,
      hasPictures: (model.progress.peek()?.message.spectra ?? 0) > 0,
      engaged: this.#options.isEngaged(),
    });
  }

  /** The monitor serves spectra of its newest scan; those of an earlier one come from its recording. */
  #askSpectrum(request: SpectrumRequest): boolean {
    const scan = this.#model.scan.peek();
    if (scan !== undefined && this.newScan.waiting.peek() !== undefined)
      return this.#heldSpectra.ask(scan.scan.id, request);
    return this.#socket.send(JSON.stringify(request));
  }

  /** Shows an invalid message or frame as an alert, and goes on with the next. */
  #showingFaults(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#showFault(error.message);
    }
  }

  #showFault(message: string): void {
    this.#model.refused.value = { message, at: steadyNow() };
  }
}
