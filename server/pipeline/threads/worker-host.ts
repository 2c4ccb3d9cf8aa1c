import { setFlagsFromString } from 'node:v8';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { faultText } from './fault-text.ts';
import type { HeartbeatMessage } from './heartbeat.ts';
import type { ReportTrouble } from './read-troubles.ts';
import type { ThreadMessage } from './thread-messages.ts';
import { type Patience, patienceFor, Watchdog } from './watchdog.ts';

// Node.js 20 may abort (node_platform.cc, ForIsolate) when a thread ends while V8 still optimises its code on another one, as it
// did in a long series of analyses. So threads optimise their own code, which takes no more time in all.
setFlagsFromString('--no-concurrent-recompilation');

/** A thread that dies is started again so often; the fault is in what it is given when that does not help. */
export const MOST_RESTARTS = 3;

/** Interval of heartbeat checks, ms. */
const CHECK_INTERVAL_MS = 500;

/** Short-lived objects of a thread are collected early: many threads with room for many of them fill the memory. */
const YOUNG_MB = 8;
/** Heap limit of a thread: at most 14 MB were seen at 256 × 256 pixels, 45 at 512 × 512. */
const HEAP_MB = 256;
const HEAP_MB_PER_PIXEL = 256e-6;

/**
 * Samples, maps and tables lie outside of the heap, so that it hardly grows with the scan.
 * @param pixels of the scan
 */
export const workerLimits = (pixels: number): ResourceLimits => ({
  maxYoungGenerationSizeMb: YOUNG_MB,
  maxOldGenerationSizeMb: Math.ceil(HEAP_MB + pixels * HEAP_MB_PER_PIXEL),
});

/** The thread ended unexpectedly and is replaced: its state is that of a fresh one. */
export interface Restarted {
  type: 'restarted';
  message: string;
}

/** The thread does not come to its messages, or does again. */
export interface Silent {
  type: 'silent';
  message: string;
}

/** The thread is gone for good. */
export interface Ended {
  type: 'ended';
  message: string;
}

export interface WorkerHostInput<Command, Report> {
  script: URL;
  /** Creates the start data of a thread. */
  data: () => unknown;
  /** Commands that bring a fresh thread to where a dead one was; undefined while nothing is wanted of it. */
  resume: () => Command[] | undefined;
  report: (report: Report | Restarted | Silent | Ended) => void;
  /** Called with read faults. */
  trouble?: ReportTrouble;
  /** Of the scan. */
  pixels: number;
  /** Default: as long as the longest computation of such a scan may take. */
  patience?: Patience;
}

/** Time after which a script is either loaded or failed. */
const LOADING_MS = 1500;
/** Temporary errors at start-up: the start is retried this often, with pauses that grow up to this length. */
const PASSING = /\b(EMFILE|ENFILE|EIO|ESTALE|EAGAIN|ENOMEM|EACCES)\b/;
const MOST_STARTS = 24;
const LONGEST_PAUSE_MS = 2000;

/** A worker thread with typed commands and reports, which is started again when it dies or hangs. */
export class WorkerHost<Command, Report extends { type: string }> {
  readonly #input: WorkerHostInput<Command, Report>;
  readonly #patience: Patience;
  readonly #timer: NodeJS.Timeout;
  #watchdog: Watchdog | undefined;
  #beats: HeartbeatMessage['beats'] | undefined;
  /** Resolves when the script of the current thread is loaded. */
  #loading: Promise<void> = Promise.resolve();
  /** Undefined after it died, until it is needed again, or for good. */
  #worker: Worker | undefined;
  #restarts = 0;
  /** Consecutive failed starts, and the timer of the next one. */
  #falseStarts = 0;
  #pause: NodeJS.Timeout | undefined;
  /** Reason for terminating the current thread. */
  #hang: string | undefined;
  /** Why the last one died, until it is reported. */
  #fault = '';
  #closed = false;

  constructor(input: WorkerHostInput<Command, Report>) {
    this.#input = input;
    this.#patience = input.patience ?? patienceFor(input.pixels);
    this.#worker = this.#start();
    this.#timer = setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref();
  }

  /**
   * Sends a command; without a thread it starts one, whose `resume` commands cover it.
   * @param memory transferred to the thread
   */
  send(command: Command, memory: ArrayBuffer[] = []): void {
    if (this.#worker) this.#worker.postMessage(command, memory);
    else this.#replace();
  }

  /** Resolves when the script of the thread is loaded. */
  get loaded(): Promise<void> {
    return this.#loading;
  }

  /** Ends the thread as a fault would: another takes its place when something is wanted of it. */
  async kill(): Promise<void> {
    await this.#loading;
    await this.#worker?.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pause);
    clearInterval(this.#timer);
    // Node.js never closes the files that a thread was about to load when it is ended.
    await this.#loading;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const { script, data, report, trouble, pixels } = this.#input;
    const worker = new Worker(script, { workerData: data(), resourceLimits: workerLimits(pixels) });
    // Doubles the limits, so that a legitimate long computation finishes.
    const endAfterMs = this.#patience.endAfterMs * 2 ** this.#restarts;
    this.#watchdog = new Watchdog({ ...this.#patience, endAfterMs }, performance.now());
    this.#beats = undefined;
    this.#hang = undefined;
    let fault: string | undefined;
    /** For what it could not read so far. */
    let waits = false;
    let isLoaded = false;
    this.#loading = new Promise((loaded) => {
      const late = setTimeout(loaded, LOADING_MS);
      late.unref();
      worker.on('message', (message: Report | ThreadMessage) => {
        if (isWord(message)) {
          if (message.type === 'alive') this.#beats = message.beats;
          else if (message.type === 'started') {
            this.#falseStarts = 0;
            isLoaded = true;
            loaded();
          } else if (!this.#closed) {
            waits = message.trouble?.isFinal === false;
            trouble?.(message.trouble);
          }
        } else if (!this.#closed) report(message);
      });
      worker.on('exit', () => {
        clearTimeout(late);
        loaded();
        if (waits) trouble?.();
      });
    });
    worker.on('error', (error) => {
      fault = faultText(error);
    });
    // Not before this is the thread done with the memory it shares.
    worker.on('exit', (code) => {
      this.#worker = undefined;
      this.#watchdog = undefined;
      this.#fault = this.#hang ?? fault ?? `the thread has ended with code ${code}`;
      if (isLoaded || !PASSING.test(this.#fault) || this.#falseStarts >= MOST_STARTS) this.#replace();
      else this.#startLater();
    });
    return worker;
  }

  #check(): void {
    const beat = this.#beats && Atomics.load(this.#beats, 0);
    const finding = this.#watchdog?.check(performance.now(), CHECK_INTERVAL_MS, beat);
    if (finding === undefined || this.#closed) return;
    const seconds = Math.round((this.#watchdog?.silentMs ?? 0) / 1000);
    if (finding === 'hangs') {
      this.#hang = `the thread has not answered for ${seconds} s`;
      void this.kill();
      return;
    }
    const message = finding === 'answers' ? 'answers again' : `has not answered for ${seconds} s`;
    this.#input.report({ type: 'silent', message: `the thread ${message}` });
  }

  /** Tries to start the thread again in a while; reported once. */
  #startLater(): void {
    const { resume, report } = this.#input;
    if (this.#closed || !resume()) return;
    if (this.#falseStarts === 0)
      report({ type: 'restarted', message: `${this.#fault}; tried again until it can be started` });
    const pauseMs = Math.min(50 * 2 ** this.#falseStarts++, LONGEST_PAUSE_MS);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#resume();
    }, pauseMs);
  }

  #resume(): void {
    const commands = this.#closed ? undefined : this.#input.resume();
    if (!commands) return;
    this.#worker = this.#start();
    for (const command of commands) this.#worker.postMessage(command);
  }

  #replace(): void {
    // Messages until then are part of its start data.
    if (this.#closed || this.#pause) return;
    const { resume, report } = this.#input;
    if (!resume()) return;
    if (this.#restarts === MOST_RESTARTS) {
      this.#closed = true;
      clearInterval(this.#timer);
      report({ type: 'ended', message: `${this.#fault}; given up after ${MOST_RESTARTS} restarts` });
      return;
    }
    this.#restarts++;
    report({
      type: 'restarted',
      message: `${this.#fault}; started again (${this.#restarts} of ${MOST_RESTARTS})`,
    });
    this.#resume();
  }
}

const isWord = (message: { type: string }): message is ThreadMessage =>
  message.type === 'alive' || message.type === 'started' || message.type === 'trouble';
