import type { SessionEntry } from '../../protocol/index.ts';
import { monitorUrl } from './monitor-url.ts';

export type SessionChange = Partial<Pick<SessionEntry, 'name' | 'pinned'> & { note: string }>;

/** The parts of `/api/status` that this page needs. */
export interface LiveStatus {
  status: string;
  scan?: { id: string; name: string; shape: [number, number] };
  progress?: { spectra: number; total: number };
}

export interface SessionAnswer {
  sessions: SessionEntry[];
  /** Folders that are not readable as sessions, and why. */
  unreadable: string[];
}

/** The monitor's HTTP interface. All methods throw an Error, with the monitor's own message where it gave one. */
export class MonitorApi {
  readonly #liveUrl: string;

  constructor(liveUrl: string) {
    this.#liveUrl = liveUrl;
  }

  /** Undefined where the monitor has no sessions. */
  async sessions(): Promise<SessionAnswer | undefined> {
    const response = await this.#fetch('api/sessions');
    return response.status === 404 ? undefined : ((await answered(response)) as SessionAnswer);
  }

  async session(id: string): Promise<SessionEntry> {
    return (await answered(await this.#fetch(sessionPath(id)))) as SessionEntry;
  }

  async change(id: string, change: SessionChange): Promise<void> {
    await answered(
      await this.#fetch(sessionPath(id), {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(change),
      }),
    );
  }

  async remove(id: string): Promise<void> {
    await answered(await this.#fetch(sessionPath(id), { method: 'DELETE' }));
  }

  async restore(id: string): Promise<void> {
    await answered(await this.#fetch(`${sessionPath(id)}/restore`, { method: 'POST' }));
  }

  async status(): Promise<LiveStatus> {
    return (await answered(await this.#fetch('api/status'))) as LiveStatus;
  }

  /** Class map of the first edge. */
  thumbnail(id: string): string {
    return monitorUrl(this.#liveUrl, `${sessionPath(id)}/thumbnail.png`);
  }

  async #fetch(path: string, init?: RequestInit): Promise<Response> {
    try {
      return await fetch(monitorUrl(this.#liveUrl, path), init);
    } catch (cause) {
      throw new Error('the monitor does not answer', { cause });
    }
  }
}

const sessionPath = (id: string): string => `api/sessions/${encodeURIComponent(id)}`;

async function answered(response: Response): Promise<unknown> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const said = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  throw new Error(
    typeof said === 'string' ? said : `the monitor answered ${response.status} ${response.statusText}`,
  );
}
