import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { RecordingFault } from './recording-fault.ts';

/** A process that holds a lock and does not answer is left unnamed after this long. */
const ANSWER_MS = 500;

/** What this process does with a session that others may need: stops it and resolves once the lock is released. */
export type GiveWay = () => Promise<void>;

/**
 * Keeps a second monitor on this machine from writing into a folder. It is a local socket named after the folder: the
 * system releases it when the process ends, however it ends, so that a crash leaves no lock behind. Whoever connects is answered
 * with the number of the process. Monitors on other machines that share the folder over a network are not kept out.
 */
export class SessionLock {
  /** Work of this process that stops when its folder is needed, by the name of the lock. */
  static readonly #givingWay = new Map<string, GiveWay>();
  readonly #server: Server;
  readonly #name: string;

  private constructor(server: Server, name: string) {
    this.#server = server;
    this.#name = name;
  }

  /**
   * @param folder need not exist, but the one it lies in
   * @param giveWay stops what the lock is taken for, when something else in this process needs the folder
   * @throws RecordingFault `busy` where another monitor has the folder open, with its process
   */
  static async take(folder: string, giveWay?: GiveWay): Promise<SessionLock> {
    const name = await nameOf(folder);
    await SessionLock.#givingWay.get(name)?.();
    const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
    server.unref();
    server.listen(name);
    try {
      await once(server, 'listening');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      const holder = await holderOf(name);
      const who = holder === undefined ? 'another monitor' : `another monitor (process ${holder})`;
      throw new RecordingFault('busy', `${folder}: ${who} is recording here`, { cause });
    }
    if (giveWay) SessionLock.#givingWay.set(name, giveWay);
    return new SessionLock(server, name);
  }

  /** Whether some process has the folder open; work that would give way goes on. */
  static async isTaken(folder: string): Promise<boolean> {
    const name = await nameOf(folder);
    if (SessionLock.#givingWay.has(name)) return true;
    try {
      (await SessionLock.take(folder)).release();
      return false;
    } catch {
      return true;
    }
  }

  release(): void {
    SessionLock.#givingWay.delete(this.#name);
    this.#server.close();
  }
}

/** An abstract socket on Linux, a named pipe on Windows: neither leaves a file. */
async function nameOf(folder: string): Promise<string> {
  const path = await realpath(folder).catch(async () =>
    join(await realpath(dirname(folder)), basename(folder)),
  );
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 32);
  return process.platform === 'win32' ? `\\\\.\\pipe\\eelwatch-${hash}` : `\0eelwatch-${hash}`;
}

/** Number of the process that has a lock; undefined where it does not answer. */
async function holderOf(name: string): Promise<string | undefined> {
  const socket: Socket = connect(name);
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
  try {
    const answer = await text(socket);
    return /^\d+$/.test(answer) ? answer : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
