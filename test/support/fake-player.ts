import type { WebSocket } from 'ws';
import type {
  Annotation,
  ClientMessage,
  Command,
  Plan,
  Player,
  ServerMessage,
  Timeline,
} from '../../protocol/index.ts';
import { encodeFrame } from '../../protocol/index.ts';
import { annotated } from './fake-annotations.ts';
import { FakeScan } from './fake-scan.ts';
import { topicsOf } from './fake-topics.ts';

export interface FakeRecording {
  id: string;
  scanId: string;
  name: string;
  shape: [number, number];
  /** When it began, ms since 1970. */
  start: number;
  recordedBy?: string;
}

/** Time from row to row, and from tick to tick of a replay, ms. */
const ROW_MS = 1000;
const TICK_MS = 40;

/** A player that only pretends: an invented scan with a row each second, two refits, an alert and a stall. */
export class FakePlayer {
  /** What was asked for, with the time at which it was. */
  readonly commands: { command: Command; at: number }[] = [];
  /** Spectrum requests received. */
  requests = 0;
  annotations: Annotation[] = [];
  /** The plan that was recorded with the scan. */
  plan: Plan | undefined;
  /** Time until a command is answered, ms. */
  answersAfter = 0;
  /** Commands that were not answered when the next one came. */
  overtaken = 0;
  at: number;
  readonly #recording: FakeRecording;
  readonly #sockets = new Set<WebSocket>();
  #open = 0;
  #scan: FakeScan;
  #state: Player['state'] = 'paused';
  #speed: Player['speed'] = 1;
  #loop = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(recording: FakeRecording) {
    this.#recording = recording;
    this.at = this.#end;
    this.#scan = this.#newScan(1);
    this.#fill();
  }

  get sockets(): number {
    return this.#sockets.size;
  }

  get row(): number {
    return Math.min(this.#rows, Math.floor((this.at - this.#recording.start) / ROW_MS));
  }

  join(socket: WebSocket, sessionId: string): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('message', (data) => void this.#hear(socket, JSON.parse(String(data)) as ClientMessage));
    const capabilities = ['replay', 'seek', 'speed'];
    socket.send(JSON.stringify({ type: 'hello', sessionId, version: '0.0.0', capabilities }));
    for (const message of this.#everything()) socket.send(message);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #hear(socket: WebSocket, message: ClientMessage): Promise<void> {
    if (message.type === 'spectrum') {
      this.requests++;
      socket.send(JSON.stringify(this.#scan.spectrum(message.pixel, message.request)));
      return;
    }
    this.commands.push({ command: message.command, at: performance.now() });
    if (this.#open > 0) this.overtaken++;
    this.#open++;
    await new Promise((resolve) => setTimeout(resolve, this.answersAfter));
    this.#carryOut(message.command);
    this.#open--;
    socket.send(JSON.stringify({ type: 'answer', request: message.request }));
  }

  #carryOut(command: Command): void {
    const { start } = this.#recording;
    switch (command.type) {
      case 'play':
        if (this.at >= this.#end) this.#goTo(start);
        this.#state = 'playing';
        clearInterval(this.#timer);
        this.#timer = setInterval(() => this.#tick(), TICK_MS);
        break;
      case 'pause':
        this.#stop('paused');
        break;
      case 'step':
        this.#stop('paused');
        this.#goTo(start + (this.row + command.rows) * ROW_MS);
        break;
      case 'seek':
        this.#goTo(command.at);
        break;
      case 'seek-row':
        this.#goTo(start + (command.row + 1) * ROW_MS);
        break;
      case 'speed':
        this.#speed = command.speed;
        break;
      case 'loop':
        this.#loop = command.on;
        break;
      case 'annotate':
      case 'remove-annotation':
        this.annotations = annotated(this.annotations, command, this.at);
        this.#broadcast(this.#notes());
        break;
      default:
    }
    this.#broadcast(this.#player());
  }

  #stop(state: 'paused' | 'ended'): void {
    clearInterval(this.#timer);
    this.#state = state;
  }

  #tick(): void {
    this.#goTo(this.at + (this.#speed === 'max' ? this.#end : TICK_MS * this.#speed));
    if (this.at >= this.#end && !this.#loop) this.#stop('ended');
    else if (this.at >= this.#end) this.#goTo(this.#recording.start);
    this.#broadcast(this.#player());
  }

  /** Forwards the rows between are sent, back the scan is announced anew. */
  #goTo(at: number): void {
    const before = this.row;
    const { revision } = this.#scan;
    this.at = Math.min(this.#end, Math.max(this.#recording.start, at));
    if (this.row === before) return;
    if (this.row < before) {
      this.#scan = this.#newScan(this.#scan.message.epoch + 1);
      this.#fill();
      for (const message of this.#everything()) this.#send(message);
      return;
    }
    this.#fill();
    for (const topic of topicsOf(this.#scan, this.#moment)) this.#broadcast(topic);
    const first = this.#scan.revision === revision ? before : 0;
    for (const layer of this.#scan.message.layers)
      this.#send(encodeFrame(this.#scan.frame(layer, first, this.row - first)));
  }

  #fill(): void {
    const { row } = this;
    this.#scan.scanned = row * this.#recording.shape[1];
    this.#scan.revision = row >= this.#rows / 2 ? 2 : row >= this.#rows / 4 ? 1 : 0;
    this.#scan.modelled = this.#scan.revision > 0 ? this.#scan.scanned : 0;
  }

  #newScan(epoch: number): FakeScan {
    const { scanId, name, shape } = this.#recording;
    const scan = new FakeScan({ shape, epoch });
    Object.assign(scan.message.scan, { id: scanId, name });
    return scan;
  }

  #everything(): (string | Uint8Array)[] {
    const scan = this.#scan;
    const topics = [...topicsOf(scan, this.#moment), this.#notes(), this.#player(), this.#timeline()];
    if (this.plan !== undefined) topics.push({ ...this.plan, epoch: scan.message.epoch });
    const rows = this.row;
    return [
      JSON.stringify(scan.message),
      ...topics.map((topic) => JSON.stringify(topic)),
      ...(rows === 0 ? [] : scan.message.layers.map((layer) => encodeFrame(scan.frame(layer, 0, rows)))),
    ];
  }

  get #rows(): number {
    return this.#recording.shape[0];
  }

  get #end(): number {
    return this.#recording.start + this.#rows * ROW_MS;
  }

  get #moment() {
    return {
      status: this.at >= this.#end ? ('complete' as const) : ('live' as const),
      elapsedSeconds: (this.at - this.#recording.start) / 1000,
      newestAt: this.at,
    };
  }

  #notes(): ServerMessage {
    return { type: 'annotations', epoch: this.#scan.message.epoch, annotations: this.annotations };
  }

  #player(): Player {
    return {
      type: 'player',
      epoch: this.#scan.message.epoch,
      session: this.#recording.id,
      state: this.#state,
      at: Math.round(this.at),
      row: this.row,
      speed: this.#speed,
      loop: this.#loop,
      recordedBy: this.#recording.recordedBy ?? '0.0.0',
    };
  }

  #timeline(): Timeline {
    const { start, shape } = this.#recording;
    const rows = this.#rows;
    const at = (share: number) => start + Math.round(rows * share) * ROW_MS;
    const refit = (share: number, model: number) =>
      ['Si-L', 'C-K', 'O-K'].map((edge) => ({
        at: at(share) + 40 * edge.length,
        kind: 'refit' as const,
        edge,
        text: `${edge}: model ${model} of ${Math.round(share * rows * shape[1])} pixels, 4 classes`,
      }));
    return {
      type: 'timeline',
      epoch: this.#scan.message.epoch,
      start,
      end: this.#end,
      total: rows * shape[1],
      progress: Array.from({ length: rows + 1 }, (_, row): [number, number] => [
        start + row * ROW_MS,
        row * shape[1],
      ]),
      marks: [
        ...refit(0.25, 1),
        { at: at(0.4), kind: 'alert', severity: 'warning', text: 'The energy axis drifts by 0.4 eV' },
        ...refit(0.5, 2),
        { at: at(0.65), kind: 'stalled', text: 'no spectra for unusually long' },
        { at: at(0.72), kind: 'resumed', text: 'spectra come again' },
        { at: this.#end, kind: 'end', text: `complete after ${rows * shape[1]} spectra` },
      ],
    };
  }

  #broadcast(message: ServerMessage): void {
    this.#send(JSON.stringify(message));
  }

  #send(message: string | Uint8Array): void {
    for (const socket of this.#sockets) socket.send(message);
  }
}
