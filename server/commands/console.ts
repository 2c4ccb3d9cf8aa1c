import { type Alert, counted, hasEnded, type Progress } from '../../protocol/index.ts';
import type { Options } from '../config.ts';
import type { Monitor } from '../pipeline/monitor.ts';
import type { ReferenceFolder } from '../references/folder.ts';
import { jsonLine, terminalText } from '../terminal-text.ts';
import { LineOutput } from './line-output.ts';
import { RepeatedLines } from './repeated-lines.ts';

const BAR_WIDTH = 24;
const LEVELS = { silent: 0, error: 1, warn: 2, info: 3, debug: 4 };

/** `3:05` or `1:02:03`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, two(whole % 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** One line of progress: a bar, how far, how fast, how long. */
export function progressLine({ spectra, total, rate, etaSeconds, status }: Progress): string {
  const done = total > 0 ? spectra / total : 0;
  const filled = Math.round(BAR_WIDTH * done);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
  const pace = rate === undefined ? '' : ` · ${Math.round(rate)} spectra/s`;
  const eta = etaSeconds === undefined ? '' : ` · ${clock(etaSeconds)} left`;
  return `${bar} ${(100 * done).toFixed(0).padStart(3)} % · ${spectra}/${counted(total, 'spectrum', 'spectra')}${pace}${eta} · ${status}`;
}

/**
 * What people and scripts see of a run: a progress bar on a terminal, or JSON lines on standard output. Names and messages from
 * anywhere pass through here, and nowhere else, on their way to a terminal. With the level `silent` people see nothing; JSON lines are
 * asked for by themselves.
 */
export class Console {
  readonly #json: boolean;
  readonly #level: number;
  #lastStatus = '';
  #lastPercent = -1;
  #barShown = false;
  #holdsEnd = false;
  #held: Progress | undefined;
  readonly #records = new LineOutput(
    process.stdout,
    (lines) => `${jsonLine({ event: 'left out', lines })}\n`,
  );
  readonly #lines = new LineOutput(
    process.stderr,
    (lines) => `${counted(lines, 'line')} left out: nobody read them in time\n`,
  );
  readonly #alerts = new RepeatedLines({ print: (line, times) => this.#alertLine(line, times) });

  constructor(options: Pick<Options, 'json' | 'log-level'>) {
    this.#json = options.json;
    this.#level = LEVELS[options['log-level']];
  }

  /**
   * Something a script waits for, such as the address.
   * @param words what people are told of it, by default the fields
   */
  event(event: string, fields: Record<string, unknown>, words = Object.values(fields).join(' · ')): void {
    if (this.#json) this.#record({ event, ...fields });
    else this.#line(`${event} ${words}`);
  }

  /** What became of the user's references; what cannot serve is said, and the rest serves. */
  references({ references, unusable, notes }: ReferenceFolder): void {
    if (this.#json) {
      const phases = references.map(({ phase, edge, origin }) => ({ phase, edge, origin }));
      this.event('references', { references: phases, unusable, notes });
      return;
    }
    if (this.#level >= LEVELS.info) {
      for (const { file, reason } of unusable) this.#line(`reference not used: ${file}: ${reason}`);
      for (const note of notes) this.#line(`reference ${note}`);
    } else if (unusable.length > 0 && this.#level >= LEVELS.warn)
      this.#line(
        `${counted(references.length, 'reference')}, ${counted(unusable.length, 'file')} not used (--log-level info says why)`,
      );
  }

  alert({ id, severity, message, tip }: Alert): void {
    if (this.#json) this.#alerts.say(id, JSON.stringify({ event: 'alert', id, severity, message, tip }));
    else if (this.#level >= { error: 1, warning: 2, info: 3 }[severity])
      this.#alerts.say(id, `${severity}: ${message}${tip ? ` (${tip})` : ''}`);
  }

  /** Tells what was said again and again, at the end. */
  end(): void {
    this.#alerts.end();
  }

  #alertLine(line: string, times?: number): void {
    if (!this.#json) this.#line(times === undefined ? line : `${line} (${times} times more)`);
    else this.#record({ ...JSON.parse(line), ...(times !== undefined && { repeated: times }) });
  }

  /** Keeps back that a scan has ended until `releaseEnd`: what is still to be written may fail. */
  holdEnd(): void {
    this.#holdsEnd = true;
  }

  releaseEnd(): void {
    this.#holdsEnd = false;
    if (this.#held) this.progress(this.#held);
    this.#held = undefined;
  }

  progress(progress: Progress): void {
    this.#held = undefined;
    if (this.#holdsEnd && hasEnded(progress.status)) this.#held = progress;
    else this.#show(progress);
  }

  #show(progress: Progress): void {
    if (this.#json) this.#record({ event: 'progress', ...progress });
    else if (this.#hasBar) {
      this.#bar(progressLine(progress));
    } else if (progress.status !== this.#lastStatus) this.#line(progressLine(progress));
    this.#lastStatus = progress.status;
  }

  /** Shows how much is done of something that takes long; nothing where nobody would see it move. */
  written(done: number, total: number): void {
    const percent = Math.floor((100 * done) / Math.max(total, 1));
    if (percent === this.#lastPercent) return;
    this.#lastPercent = percent;
    if (this.#json) this.event('progress', { done, total });
    else if (this.#hasBar) {
      const filled = Math.round((BAR_WIDTH * percent) / 100);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
      this.#bar(`${bar} ${String(percent).padStart(3)} %`);
    }
  }

  /** Shows a monitor's progress until the returned function is called. */
  follow(monitor: Monitor): () => void {
    const unsubscribe = monitor.subscribe((change) => {
      const topic = change.type === 'topic' && change.key === 'progress' && monitor.topics.get('progress');
      if (topic && topic.type === 'progress') this.progress(topic);
    });
    return () => {
      unsubscribe();
      this.end();
      if (this.#barShown) process.stderr.write('\n');
    };
  }

  #record(content: Record<string, unknown>): void {
    this.#records.write(`${jsonLine(content)}\n`);
  }

  get #hasBar(): boolean {
    return process.stderr.isTTY && this.#level > LEVELS.silent;
  }

  /** Draws the line of progress anew. */
  #bar(text: string): void {
    process.stderr.write(`\r\x1b[K${text}`);
    this.#barShown = true;
  }

  #line(text: string): void {
    if (this.#level === LEVELS.silent) return;
    this.#lines.write(`${this.#barShown ? '\r\x1b[K' : ''}${terminalText(text)}\n`);
  }
}
