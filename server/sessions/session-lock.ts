import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { RecordingFault } from './recording-fault.ts';

/**
 * Keeps a second monitor on this machine from writing into a session. It is a local socket named after the folder: the
 * system releases it when the process ends, however it ends, so that a crash leaves no lock behind. Monitors on other machines that
 * share the folder over a network are not kept out.
 */
export class SessionLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws RecordingFault `busy` where another monitor has the session open */
  static async take(folder: string): Promise<SessionLock> {
    const server = createServer((socket) => socket.destroy());
    const name = createHash('sha256')
      .update(await realpath(folder))
      .digest('hex')
      .slice(0, 32);
    server.unref();
    // An abstract socket on Linux, a named pipe on Windows: neither leaves a file.
    server.listen(process.platform === 'win32' ? `\\\\.\\pipe\\eelwatch-${name}` : `\0eelwatch-${name}`);
    try {
      await once(server, 'listening');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      throw new RecordingFault('busy', `${folder}: another monitor is recording into this session`, {
        cause,
      });
    }
    return new SessionLock(server);
  }

  release(): void {
    this.#server.close();
  }
}
