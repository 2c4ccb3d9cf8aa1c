import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-file.ts';
import type { Options } from '../config.ts';
import { REPLAY_CAPABILITIES } from '../hub/player-rooms.ts';
import { startServer } from '../hub/server.ts';
import { Player } from '../replay/player.ts';
import { SessionLibrary } from '../replay/session-library.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { VERSION } from '../version.ts';
import { Console } from './console.ts';
import { interruption } from './interruption.ts';
import { openBrowser } from './open-browser.ts';

/**
 * Shows a recorded session on a dashboard as it was shown, until interrupted.
 * @throws InputError when the folder is no session, or has nothing of what was shown
 */
export async function serveReplay(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const { speed = 1, host, port, token } = options;
  const terminal = new Console(options);
  const player = await Player.open(folder, { speed });
  const library = new SessionLibrary(new SessionStore({ root: dirname(folder), version: VERSION }));
  try {
    const server = await startServer({
      host,
      port,
      state: player,
      library,
      clientDirectory: fileURLToPath(builtFile('../client')),
      capabilities: REPLAY_CAPABILITIES,
      ...(token !== undefined && { token }),
    });
    terminal.event('serving', { url: server.openUrl, source: `${player.session} (recorded)` });
    if (options.open) openBrowser(server.openUrl);
    await player.command({ type: 'play' });
    await interruption(signal);
    await server.close();
  } finally {
    await player.close();
    await library.close();
  }
  return 0;
}
