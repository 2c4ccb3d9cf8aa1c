import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Packr } from 'msgpackr';
import { checkedMessage, parseMessages } from '../../client/transport/decode.ts';
import { bundleFrames, decodeBundle, encodeFrame, InputError } from '../../protocol/index.ts';
import type { ProducerMessage } from '../../protocol/ingest.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { checkScanSize } from '../../server/formats/scan-limits.ts';
import { ClientRequests } from '../../server/hub/client-requests.ts';
import { decodeMessage } from '../../server/sources/producers/decode-message.ts';
import { blockOf } from '../../server/sources/producers/producer.ts';

export interface MutationFigures {
  /** Messages that were damaged and decoded. */
  tried: number;
  /** Of these, messages that could still be read as something. */
  taken: number;
  /** Errors that are not about input. */
  crashed: number;
  /** Messages that took longer than MOST_MS. */
  slow: number;
  slowestMs: number;
  /** MiB that the process grew by. */
  grownMb: number;
}

export const MOST_MS = 50;
/** Memory settles while the first are decoded. */
const WARM_UP = 5000;
/** Messages between two looks at memory. */
const ROUND = 100;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const packr = new Packr({ useRecords: false });
const energy = { offset: 80, dispersion: 0.5, units: 'eV' } as const;
const PRODUCED: ProducerMessage[] = [
  { type: 'scan', id: 'anode', shape: [64, 64], channels: 256, energy, dtype: 'u16' },
  {
    type: 'scan',
    id: 'again',
    shape: [4, 4],
    channels: 16,
    energy,
    dtype: 'f32',
    lowLoss: { channels: 8, energy, dtype: 'u8' },
    region: { parentId: 'anode', y: 1, x: 2, height: 4, width: 4, dwells: 2 },
    context: { shape: [64, 64], fovNm: 20, subscan: { centre: [0.5, 0.5], size: [0.25, 0.25] } },
  },
  { type: 'spectra', first: 3, count: 2, data: new Uint8Array(1024) },
  {
    type: 'spectra',
    first: 0,
    count: 3,
    data: new Uint8Array(96),
    lowLoss: new Uint8Array(24),
    signals: { HAADF: [1, 2.5, 3], BF: new Uint8Array(12) },
    dwell: [0.1, 0.1, 0.2],
  },
  { type: 'end', status: 'aborted' },
  { type: 'plan?' },
];
const ASKED = [
  { type: 'spectrum', request: 7, pixel: 1234 },
  { type: 'command', request: 8, command: { type: 'axis', epoch: 1, offset: 80.5, dispersion: 0.25 } },
  {
    type: 'command',
    request: 9,
    command: {
      type: 'annotate',
      text: 'a note',
      author: 'someone',
      place: { kind: 'region', y: 0, x: 1, height: 2, width: 3 },
    },
  },
  {
    type: 'command',
    request: 10,
    command: { type: 'accept-plan', epoch: 1, rectangles: [{ y: 0, x: 1, height: 2, width: 3, dwells: 2 }] },
  },
];
const TOLD = [
  { type: 'hello', sessionId: 'a', version: '0.1.0', capabilities: ['replay'] },
  { type: 'progress', epoch: 1, status: 'live', spectra: 5, total: 10, sentAt: 2, newestAt: 1, nextPixel: 5 },
  { type: 'alerts', alerts: [{ id: 'a', severity: 'info', message: 'm', at: 1 }] },
];
const frame = (rows: number, data: Float32Array | Int16Array) =>
  encodeFrame({ epoch: 1, layer: 2, revision: 3, firstRow: 0, rows, columns: 4, components: 1, data });

/** A way by which bytes from elsewhere are read, and messages of it that are right. */
interface Way {
  messages: Uint8Array[];
  /** Bytes of the largest message that gets so far. */
  most: number;
  read(bytes: Uint8Array): void;
}

const isFault = (error: unknown): boolean => error instanceof InputError;

function ways(): Way[] {
  const text = (messages: unknown[]) => messages.map((each) => Buffer.from(JSON.stringify(each)));
  let fault: string | undefined;
  const requests = new ClientRequests(
    {
      spectrum: () => new Promise(() => {}),
      command: async () => {},
      refused: () => {},
    },
    (reply) => {
      if (reply.type === 'fault') fault = reply.message;
    },
  );
  const frames = [frame(2, new Float32Array(8)), frame(3, new Int16Array(12))];
  return [
    {
      most: 2 ** 20,
      messages: PRODUCED.map((message) => new Uint8Array(packr.pack(message))),
      read(bytes) {
        const message = decodeMessage(bytes);
        if (message.type === 'scan') checkScanSize('scan', message.shape, message.channels);
        else if (message.type === 'spectra') blockOf(message);
      },
    },
    {
      most: 2 ** 16,
      messages: text(ASKED),
      read(bytes) {
        fault = undefined;
        requests.serve(Buffer.from(bytes).toString());
        if (fault !== undefined) throw new InputError('client message', 'fault', fault);
      },
    },
    {
      most: 2 ** 18,
      messages: text(TOLD),
      read(bytes) {
        for (const value of parseMessages(Buffer.from(bytes).toString())) checkedMessage(value);
      },
    },
    {
      most: 2 ** 18,
      messages: [...frames, bundleFrames(frames)],
      read(bytes) {
        for (const _ of decodeBundle(new Uint8Array(bytes).buffer));
      },
    },
  ];
}

function timeOf(way: Way, bytes: Uint8Array): number {
  const began = performance.now();
  try {
    way.read(bytes);
  } catch {
    // Known already.
  }
  return performance.now() - began;
}

/** Damages messages of all kinds, and reads them as monitor and page do. */
export async function mutateMessages(tries: number, seed: number): Promise<MutationFigures> {
  const random = createRandom(seed);
  const all = ways();
  const figures: MutationFigures = { tried: 0, taken: 0, crashed: 0, slow: 0, slowestMs: 0, grownMb: 0 };
  let before = Number.POSITIVE_INFINITY;
  for (let n = 0; n < tries; n++) {
    const way = all[n % all.length];
    const bytes = damaged(way.messages, random).subarray(0, way.most);
    const began = performance.now();
    try {
      way.read(bytes);
      figures.taken++;
    } catch (error) {
      if (!isFault(error)) {
        figures.crashed++;
        console.error(`${Buffer.from(bytes.subarray(0, 100)).toString('hex')}: ${String(error)}`);
      }
    }
    let took = performance.now() - began;
    // What else the machine does is not the message's fault.
    for (let again = 0; took > MOST_MS && again < 2; again++) took = Math.min(took, timeOf(way, bytes));
    figures.tried++;
    if (took > MOST_MS) figures.slow++;
    figures.slowestMs = Math.max(figures.slowestMs, Math.round(10 * took) / 10);
    if (n % ROUND === 0) {
      const rss = process.memoryUsage.rss() / 2 ** 20;
      if (n <= Math.min(WARM_UP, tries / 2)) before = rss;
      figures.grownMb = Math.max(figures.grownMb, Math.round(rss - before));
      // What waits for a turn, and what is of no use any more, does not pile up in the monitor either.
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
  }
  return figures;
}

/** Bytes that stand for much: large containers and lengths of every kind, nests, numbers that are none. */
const TELLING = [
  'dd03c00000',
  'dfffffffff',
  'c6ffffffff',
  'dbffffffff',
  'c9ffffffff00',
  '919191',
  '818081',
  'c1',
]
  .concat(['7b227b22', '5b5b5b5b', '31653939393939', 'ffffffff', '7fc00000', '00000000'])
  .map((hex) => Buffer.from(hex, 'hex'));

function damaged(messages: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (count: number) => Math.floor(random() * count);
  let bytes = Buffer.from(messages[below(messages.length)]);
  const splice = (at: number, removed: number, added: Uint8Array) => {
    bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
  };
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(bytes.length + 1);
    const kind = below(8);
    if (kind === 0 && bytes.length > 0) bytes[at % bytes.length] ^= 1 << below(8);
    else if (kind === 1 && bytes.length > 0) bytes[at % bytes.length] = below(256);
    else if (kind === 2) splice(at, below(5), new Uint8Array(0));
    else if (kind === 3) bytes = bytes.subarray(0, at);
    else if (kind === 4) splice(at, 0, bytes.subarray(below(bytes.length + 1)));
    else if (kind === 5) splice(at, below(6), TELLING[below(TELLING.length)]);
    else if (kind === 6) splice(at, 0, messages[below(messages.length)]);
    // Long runs, now and then.
    else if (below(20) === 0) splice(at, 0, Buffer.alloc(below(2 ** 20), below(256)));
    else splice(at, 0, Buffer.alloc(below(50), below(256)));
  }
  return bytes;
}
