import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const CLI = new URL('../../dist/server/cli.js', import.meta.url).pathname;

/** Of the kernel's accounts, on every architecture Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** How a command is started, where that is not as usual. */
export interface Launch {
  env?: NodeJS.ProcessEnv;
  /** Program and arguments that start it in turn, such as `setpriv`. */
  through?: string[];
}

/** A command of the built program, run as a user would; its JSON lines and what it says on standard error. */
export class CliRun {
  readonly child: ChildProcess;
  readonly events: Record<string, unknown>[] = [];
  stderr = '';
  stdout = '';
  readonly #exit: Promise<unknown[]>;
  /** It has ended, and all it said has been read. */
  #isOver = false;
  #wake: () => void = () => {};

  /** @param cwd the current folder; default that of the test */
  constructor(args: string[], cwd?: string, { env, through = [] }: Launch = {}) {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const [program, ...rest] = [...through, process.execPath, CLI, ...args];
    this.child = spawn(program, rest, {
      stdio,
      ...(cwd !== undefined && { cwd }),
      ...(env && { env: { ...process.env, ...env } }),
    });
    this.#exit = once(this.child, 'close');
    this.child.once('close', () => {
      this.#isOver = true;
      this.#wake();
    });
    this.child.stderr?.on('data', (data: Buffer) => {
      this.stderr += data;
    });
    if (!this.child.stdout) return;
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.stdout += `${line}\n`;
      if (line.startsWith('{')) this.events.push(JSON.parse(line) as Record<string, unknown>);
      this.#wake();
    });
  }

  /** Waits for an event (of `--json`) that holds. */
  async event(holds: (event: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.events.find(holds);
      if (found) return found;
      // What it said last may be read after it has ended.
      if (this.#isOver) throw new Error(`the program has ended: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  }

  /** Exit status. */
  async ended(): Promise<number> {
    const [code] = await this.#exit;
    return Number(code);
  }

  /** Most memory it has held so far, MB; Linux only. */
  peakRssMb(): number {
    return this.#memory('VmHWM');
  }

  /** Memory it holds, MB; Linux only. */
  rssMb(): number {
    return this.#memory('VmRSS');
  }

  #memory(name: string): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  }

  /** Processor time of all its threads so far, s; Linux only. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Interrupts it as Ctrl-C does. */
  async stop(): Promise<number> {
    if (this.child.exitCode === null) this.child.kill('SIGINT');
    return this.ended();
  }
}
