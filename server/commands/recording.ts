import { existsSync, rmSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import type { Options } from '../config.ts';
import type { RetentionRules } from '../sessions/retention.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { VERSION } from '../version.ts';

/** Where sessions are recorded unless told otherwise, below the current folder. */
export const DEFAULT_RECORD_FOLDER = 'eelwatch-sessions';

export interface Recording {
  store: SessionStore;
  /** Sessions go when the command ends. */
  temporary: boolean;
  /** Why they do, where nobody asked for it. */
  notice?: string;
  /** Removes what is temporary. */
  close(): void;
}

/**
 * The folder that `--record` names, or the default one, ready to be written; a temporary one with `--no-record`, and where the
 * default one cannot be written.
 * @throws InputError where the folder that was asked for cannot be written
 */
export async function recordingOf(
  options: Pick<Options, 'record' | 'spool' | 'no-record'>,
): Promise<Recording> {
  if (options['no-record']) return temporaryRecording();
  const asked = options.record ?? options.spool;
  const root = resolve(asked ?? DEFAULT_RECORD_FOLDER);
  try {
    // The default folder is made when there is something to be recorded.
    if (asked !== undefined) await mkdir(root, { recursive: true });
    await access(existsSync(root) ? root : dirname(root), constants.W_OK | constants.X_OK);
    return { store: new SessionStore({ root, version: VERSION }), temporary: false, close: () => {} };
  } catch (cause) {
    const { message } = cause as Error;
    if (asked !== undefined)
      throw new InputError('--record', asked, `expected a folder that can be written (${message})`, {
        cause,
      });
    return {
      ...(await temporaryRecording()),
      notice: `Nothing is kept of this session: ${root} cannot be written (${message}); give --record <folder>`,
    };
  }
}

/** How many sessions are kept. */
export function retentionOf(
  options: Pick<Options, 'keep-gb' | 'keep-sessions' | 'keep-days'>,
): RetentionRules {
  const { 'keep-gb': gigabytes, 'keep-sessions': sessions, 'keep-days': days } = options;
  return {
    ...(gigabytes !== undefined && { bytes: 1e9 * gigabytes }),
    ...(sessions !== undefined && { sessions }),
    ...(days !== undefined && { days }),
  };
}

async function temporaryRecording(): Promise<Recording> {
  const root = await mkdtemp(join(tmpdir(), 'eelwatch-recording-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    store: new SessionStore({ root, version: VERSION }),
    temporary: true,
    close() {
      process.off('exit', remove);
      remove();
    },
  };
}
