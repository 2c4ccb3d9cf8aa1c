import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { Player } from '../replay/player.ts';
import { SessionBusy, type SessionLibrary } from '../replay/session-library.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { Hub, type HubOptions } from './hub.ts';

/** What a page may ask of a recorded scan. */
export const REPLAY_CAPABILITIES = ['replay', 'seek', 'speed'];

/** Recorded scans that are looked at at once: each keeps the maps of its scan in memory. */
const MOST_PLAYERS = 4;
/** A player without anybody who looks is put away after this, ms. */
const EMPTY_MS = 60_000;

interface Room {
  player: Player;
  hub: Hub;
  emptySince: number;
  /** Bytes of the journal when it was read. */
  journal: number;
}

/** Players of the sessions that pages look at, with the pages that look at each. */
export class PlayerRooms {
  readonly #library: SessionLibrary;
  readonly #hub: Omit<HubOptions, 'state'>;
  readonly #rooms = new Map<string, Promise<Room>>();
  readonly #timer: NodeJS.Timeout;

  /** @param hub options for the hub of each player */
  constructor(library: SessionLibrary, hub: Omit<HubOptions, 'state'>) {
    this.#library = library;
    this.#hub = { ...hub, capabilities: [...(hub.capabilities ?? []), ...REPLAY_CAPABILITIES] };
    this.#timer = setInterval(() => void this.#putAway(), EMPTY_MS / 4).unref();
  }

  /**
   * Where the pages that look at a session are; it is opened at its end, paused.
   * @throws InputError where there is no such session, or nothing to replay; SessionBusy when too many are open
   */
  async room(session: string): Promise<{ player: Player; accept(ws: WebSocket, wire: Socket): void }> {
    await this.#putAwayOutdated(session);
    if (!this.#rooms.has(session)) await this.#makeRoom();
    const opening = this.#rooms.get(session) ?? this.#open(session);
    this.#rooms.set(session, opening);
    try {
      const room = await opening;
      room.emptySince = performance.now();
      return { player: room.player, accept: (ws, wire) => room.hub.accept(ws, wire) };
    } catch (error) {
      this.#rooms.delete(session);
      throw error;
    }
  }

  /** Whether pages look at the session, or did a moment ago. */
  isOpen(session: string): boolean {
    return this.#rooms.has(session);
  }

  /** @throws SessionBusy while pages look at the session */
  async leave(session: string): Promise<void> {
    const room = await this.#rooms.get(session);
    if (!room) return;
    if (room.hub.connections > 0) throw new SessionBusy(`${session}: expected one that nobody looks at`);
    await this.#close(session, room);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const [session, opening] of this.#rooms)
      await opening.then(
        (room) => this.#close(session, room),
        () => {},
      );
  }

  async #open(session: string): Promise<Room> {
    const journal = await this.#journalOf(session);
    const player = await Player.open(await this.#library.folderOf(session), { from: 'end' });
    return { player, hub: new Hub({ ...this.#hub, state: player }), emptySince: performance.now(), journal };
  }

  /** A recording that has grown since nobody looked at it any more is opened anew. */
  async #putAwayOutdated(session: string): Promise<void> {
    const room = await this.#rooms.get(session)?.catch(() => undefined);
    if (room && room.hub.connections === 0 && room.journal !== (await this.#journalOf(session)))
      await this.#close(session, room);
  }

  /** Bytes of the journal of a session. */
  async #journalOf(session: string): Promise<number> {
    const { journal } = sessionFiles(await this.#library.folderOf(session));
    return (await stat(journal)).size;
  }

  async #makeRoom(): Promise<void> {
    if (this.#rooms.size < MOST_PLAYERS) return;
    await this.#putAway(0);
    if (this.#rooms.size >= MOST_PLAYERS)
      throw new SessionBusy(`expected at most ${MOST_PLAYERS} recorded scans on show; close one`);
  }

  async #putAway(after = EMPTY_MS): Promise<void> {
    for (const [session, opening] of this.#rooms) {
      const room = await opening.catch(() => undefined);
      if (!room) continue;
      if (room.hub.connections > 0) room.emptySince = performance.now();
      else if (performance.now() - room.emptySince >= after) await this.#close(session, room);
    }
  }

  async #close(session: string, { player, hub }: Room): Promise<void> {
    this.#rooms.delete(session);
    hub.close();
    await player.close();
  }
}
