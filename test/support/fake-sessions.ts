import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SessionEntry } from '../../protocol/index.ts';
import { FakePlayer } from './fake-player.ts';

/** A class map of 8 × 8 pixels. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAN0lEQVR42mOQkldjmFeMBQElgChsy0sIQpGAi6LIYUo8m8+AUwIkh2YHRBQhAURwIXQJZDkgGwCPSlIDnzZdFwAAAABJRU5ErkJggg==',
  'base64',
);

/** An entry of the list, complete and to be replayed unless told otherwise. */
export const sessionEntry = (id: string, about: Partial<SessionEntry> = {}): SessionEntry => ({
  id,
  name: id,
  pinned: false,
  created: '2026-11-27T13:03:00.000Z',
  ended: '2026-11-27T13:05:00.000Z',
  status: 'complete',
  recording: false,
  finalising: false,
  source: 'pushed',
  scan: { id, name: id, shape: [32, 32], channels: 1024, simulated: false },
  passes: 1,
  bytes: 4_194_304,
  hasResults: true,
  canReplay: true,
  ...about,
});

/** The recorded sessions of a pretended monitor, over HTTP as the protocol says. */
export class FakeSessions {
  readonly entries: SessionEntry[];
  readonly deleted: SessionEntry[] = [];
  readonly unreadable: string[] = [];
  /** Method and path of what was asked for besides reading. */
  readonly changes: string[] = [];
  readonly #players = new Map<string, FakePlayer>();
  readonly #recordedBy: string | undefined;

  constructor(entries: readonly SessionEntry[], recordedBy?: string) {
    this.entries = [...entries];
    this.#recordedBy = recordedBy;
  }

  player(id: string): FakePlayer | undefined {
    const entry = this.entries.find((one) => one.id === id);
    if (entry === undefined) return undefined;
    const { scan, created } = entry;
    const player =
      this.#players.get(id) ??
      new FakePlayer({
        id,
        scanId: scan.id,
        name: scan.name,
        shape: scan.shape,
        start: Date.parse(created),
        ...(this.#recordedBy !== undefined && { recordedBy: this.#recordedBy }),
      });
    this.#players.set(id, player);
    return player;
  }

  close(): void {
    for (const player of this.#players.values()) player.close();
  }

  /** False where the path is none of its own. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const [, id, rest] = /^\/api\/sessions(?:\/([^/]+)(?:\/(.+))?)?$/.exec(path) ?? [undefined];
    if (!path.startsWith('/api/sessions')) return false;
    if (id === undefined) answer(response, 200, { sessions: this.entries, unreadable: this.unreadable });
    else void this.#serveOne(decodeURIComponent(id), rest, request, response);
    return true;
  }

  async #serveOne(
    id: string,
    rest: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method } = request;
    if (method !== 'GET') this.changes.push(`${method} ${id}${rest ? `/${rest}` : ''}`);
    const entry = this.entries.find((one) => one.id === id);
    if (rest === 'restore') {
      const gone = this.deleted.findIndex((one) => one.id === id);
      this.entries.push(...this.deleted.splice(gone, 1));
      answer(response, 200, {});
      return;
    }
    if (entry === undefined) answer(response, 404, { error: `${id}: there is no such session` });
    else if (rest === 'thumbnail.png') {
      response.writeHead(200, { 'content-type': 'image/png' });
      response.end(PICTURE);
    } else if (method === 'DELETE') this.#remove(entry, response);
    else {
      if (method === 'PATCH') Object.assign(entry, JSON.parse(await bodyOf(request)));
      if (entry.name === '') entry.name = entry.scan.name;
      answer(response, 200, entry);
    }
  }

  #remove(entry: SessionEntry, response: ServerResponse): void {
    if (entry.pinned || entry.recording) {
      answer(response, 409, { error: entry.pinned ? 'it is pinned' : 'it is being recorded' });
      return;
    }
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.deleted.push(entry);
    answer(response, 200, {});
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
