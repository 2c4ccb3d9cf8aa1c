import { rm } from 'node:fs/promises';
import { type SessionDescription, withRescansFormat } from '../session-description.ts';
import { sessionFiles } from '../session-files.ts';
import type { PatchRecord, RescanRecord } from './rescan-record.ts';
import { type RescanChanges, RescanWriter } from './rescan-writer.ts';

export interface SessionRescansInput {
  folder: string;
  /** Whether the machine has run on since the session was last written. */
  sameBoot: boolean;
  description: () => SessionDescription;
  /** Changes the description, on disk first. */
  describe: (change: (description: SessionDescription) => SessionDescription) => Promise<void>;
}

/** What became of a rescan that has ended: what it has brought, or why that is not added to the scan. */
export type RescanOutcome = { patches: PatchRecord[] } | { refused: string };

/** The rescans of a session that is being written. */
export class SessionRescans {
  readonly #input: SessionRescansInput;
  readonly #writers = new Map<string, RescanWriter>();

  constructor(input: SessionRescansInput) {
    this.#input = input;
  }

  get records(): readonly RescanRecord[] {
    return this.#input.description().rescans ?? [];
  }

  /** Opens those that were begun before. */
  async open(): Promise<void> {
    for (const { file } of this.records) await this.#open(file);
  }

  /** @param record of a new one, without the name of its files */
  async begin(record: Omit<RescanRecord, 'file'>): Promise<RescanWriter> {
    const file = `rescan-${this.records.length + 1}`;
    await this.#input.describe(({ rescans = [], ...description }) => ({
      ...description,
      rescans: [...rescans, { file, ...record }],
    }));
    return this.#open(file);
  }

  /** The one whose files have this stem. */
  of(file: string): RescanWriter {
    const found = this.#writers.get(file);
    if (!found) throw new Error(`${this.#input.folder} has no ${file}`);
    return found;
  }

  /**
   * What a rescan that has ended has brought, on disk by then, belongs to the scan from now on, or is not added. Final maps of before
   * go where something is: others are to be made.
   */
  async settle(file: string, outcome: RescanOutcome): Promise<void> {
    const { folder, describe } = this.#input;
    const patches = 'patches' in outcome ? outcome.patches : [];
    // In this order: a kill between the two leaves a session that gets its final maps, and never those of before for those of both.
    if (patches.length > 0) await rm(sessionFiles(folder).results, { recursive: true, force: true });
    await describe(({ patches: known = [], rescans = [], ...description }) => {
      const all = [...known, ...patches];
      const refused = 'refused' in outcome ? { refused: outcome.refused } : {};
      return {
        ...description,
        ...(all.length > 0 && { format: withRescansFormat(description.format, all), patches: all }),
        rescans: rescans.map((each) => (each.file === file ? { ...each, ...refused, settled: true } : each)),
      };
    });
  }

  async sync(): Promise<void> {
    for (const { pass } of this.#writers.values()) await pass.sync();
  }

  async close(): Promise<void> {
    for (const rescan of this.#writers.values()) await rescan.close();
  }

  async #open(file: string): Promise<RescanWriter> {
    const { folder, sameBoot } = this.#input;
    const rescan = await RescanWriter.open({
      folder,
      sameBoot,
      record: () => this.#record(file),
      change: (changes) => this.#change(file, changes),
    });
    this.#writers.set(file, rescan);
    return rescan;
  }

  #record(file: string): RescanRecord {
    const found = this.records.find((each) => each.file === file);
    if (!found) throw new Error(`${this.#input.folder} has no ${file}`);
    return found;
  }

  #change(file: string, changes: RescanChanges): Promise<void> {
    return this.#input.describe(({ rescans = [], ...description }) => ({
      ...description,
      rescans: rescans.map((each) => (each.file === file ? withChanges(each, changes) : each)),
    }));
  }
}

/** Fields that are undefined are left out. */
function withChanges(record: RescanRecord, changes: RescanChanges): RescanRecord {
  const entries = Object.entries({ ...record, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as RescanRecord;
}
