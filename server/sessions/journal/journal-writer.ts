import { type FileHandle, open, rename } from 'node:fs/promises';
import { McapWriter } from '@mcap/core';
import { toJsonSchema } from '@valibot/to-json-schema';
import { TaskQueue } from '../../formats/task-queue.ts';
import { writeAll } from '../passes/positional-file.ts';
import { readJournal } from './journal-reader.ts';
import {
  JOURNAL_RECORDS,
  type JournalContent,
  type JournalRecord,
  type JournalTopic,
  NANOSECONDS,
} from './journal-records.ts';

/**
 * The journal of a session, an MCAP file with JSON messages and their schemas: what happened when. Every record is a chunk of its own with
 * a checksum and is handed to the system at once, so that a crash loses none and damage is found. States: open, closed; a
 * write that fails closes it, and it can be opened again.
 */
export class JournalWriter {
  readonly #file: FileHandle;
  readonly #writer: McapWriter;
  readonly #channels = new Map<JournalTopic, number>();
  #sequence = 0;
  readonly #tasks = new TaskQueue();
  #closed = false;

  private constructor(file: FileHandle) {
    this.#file = file;
    let position = 0;
    const writable = {
      position: () => BigInt(position),
      // The library's own file writer takes a short write, as on a full disk, for a whole one.
      async write(bytes: Uint8Array) {
        await writeAll(file, bytes, position);
        position += bytes.byteLength;
      },
    };
    // A chunk is written once it is longer than this: every record is one.
    this.#writer = new McapWriter({ writable, chunkSize: 0, repeatSchemas: true, repeatChannels: true });
  }

  /** Opens the journal at `path`; what can be read of an earlier one is kept, and written anew. */
  static async open(path: string): Promise<JournalWriter> {
    const { records } = await readJournal(path);
    const draft = `${path}.new`;
    const journal = new JournalWriter(await open(draft, 'w'));
    try {
      await journal.#start();
      for (const record of records) await journal.#append(record);
      await rename(draft, path);
    } catch (error) {
      await journal.#file.close();
      throw error;
    }
    return journal;
  }

  /** Appends a record; resolves when the system has it. */
  write<Topic extends JournalTopic>(
    topic: Topic,
    content: JournalContent<Topic>,
    time: number,
  ): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.#closed) throw new Error('the journal is closed');
      try {
        await this.#append({ topic, content, time } as JournalRecord);
      } catch (error) {
        // What the library noted of the record does not lie in the file.
        this.#closed = true;
        await this.#file.close();
        throw error;
      }
    });
  }

  async sync(): Promise<void> {
    await this.#tasks.idle();
    if (!this.#closed) await this.#file.datasync();
  }

  /** @param index added at the end, so that other programs find their way; a journal without one can be read all the same */
  async close({ index = true } = {}): Promise<void> {
    await this.#tasks.idle();
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (index) await this.#writer.end();
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  async #start(): Promise<void> {
    await this.#writer.start({ profile: 'eelwatch-session', library: 'eelwatch' });
    for (const topic of Object.keys(JOURNAL_RECORDS) as JournalTopic[]) {
      const schema = JSON.stringify(toJsonSchema(JOURNAL_RECORDS[topic]));
      const schemaId = await this.#writer.registerSchema({
        name: `eelwatch.${topic}`,
        encoding: 'jsonschema',
        data: new TextEncoder().encode(schema),
      });
      this.#channels.set(
        topic,
        await this.#writer.registerChannel({ schemaId, topic, messageEncoding: 'json', metadata: new Map() }),
      );
    }
  }

  async #append({ topic, content, time }: JournalRecord): Promise<void> {
    const logTime = BigInt(Math.round(time)) * NANOSECONDS;
    await this.#writer.addMessage({
      channelId: this.#channels.get(topic) as number,
      sequence: this.#sequence++,
      logTime,
      publishTime: logTime,
      data: new TextEncoder().encode(JSON.stringify(content)),
    });
  }
}
