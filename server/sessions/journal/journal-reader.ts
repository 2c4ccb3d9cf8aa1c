import { readFile } from 'node:fs/promises';
import { McapStreamReader } from '@mcap/core';
import * as v from 'valibot';
import { JOURNAL_RECORDS, type JournalRecord, type JournalTopic, NANOSECONDS } from './journal-records.ts';

export interface Journal {
  records: JournalRecord[];
  /** `unclosed`: without the index at its end; `damaged`: cut off within a record or spoilt, the records are those before. */
  state: 'closed' | 'unclosed' | 'damaged';
}

/**
 * Reads a journal, also one that was not closed or is damaged: the records before the damage, every one checked by its checksum and
 * against its schema. Topics of later versions are passed over.
 * @returns no records where there is no file
 */
export async function readJournal(path: string): Promise<Journal> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { records: [], state: 'unclosed' };
    throw error;
  }
  const records: JournalRecord[] = [];
  const topics = new Map<number, string>();
  const reader = new McapStreamReader({ validateCrcs: true });
  let messages = 0;
  try {
    reader.append(bytes);
    for (let record = reader.nextRecord(); record; record = reader.nextRecord()) {
      if (record.type === 'Channel') topics.set(record.id, record.topic);
      if (record.type !== 'Message') continue;
      // A record whose type is spoilt is skipped by the library: the next one tells.
      if (record.sequence !== messages) return { records, state: 'damaged' };
      messages++;
      const topic = topics.get(record.channelId);
      if (!isTopic(topic)) continue;
      const content = v.parse(JOURNAL_RECORDS[topic], JSON.parse(new TextDecoder().decode(record.data)));
      records.push({ topic, time: Number(record.logTime / NANOSECONDS), content } as JournalRecord);
    }
    if (reader.done()) return { records, state: 'closed' };
    return { records, state: reader.bytesRemaining() === 0 ? 'unclosed' : 'damaged' };
  } catch {
    return { records, state: 'damaged' };
  }
}

const isTopic = (topic: string | undefined): topic is JournalTopic =>
  topic !== undefined && Object.hasOwn(JOURNAL_RECORDS, topic);
