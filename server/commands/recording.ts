import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Options } from '../config.ts';
import { probeFolder } from '../formats/files/probe-folder.ts';
import type { RetentionRules } from '../sessions/retention.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { VERSION } from '../version.ts';
import { outputFolder } from './output-folder.ts';

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
  const { record, spool } = options;
  const asked = record ?? spool;
  if (asked !== undefined) {
    const option = record === undefined ? '--spool' : '--record';
    // The place may be a disk that is not mounted: nothing is recorded beside it then.
    return lasting((await outputFolder(option, asked, 'there')).path);
  }
  const root = resolve(DEFAULT_RECORD_FOLDER);
  try {
    // It is made when there is something to be recorded.
    await probeFolder(existsSync(root) ? root : dirname(root));
    return lasting(root);
  } catch (cause) {
    const { message } = cause as Error;
    return {
      ...(await temporaryRecording()),
      notice: `Nothing is kept of this session: ${root} cannot be written (${message}); give --record <folder>`,
    };
  }
}

const lasting = (root: string): Recording => ({
  store: new SessionStore({ root, version: VERSION }),
  temporary: false,
  close: () => {},
});

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
