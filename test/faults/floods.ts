import { Packr } from 'msgpackr';
import { createRandom } from '../../server/analysis/math/random.ts';
import {
  clientFrame,
  flood,
  openRaw,
  overWhen,
  repeatedBytes,
  requestText,
  until,
  upgradeHeaders,
} from './raw-socket.ts';

export interface Attack {
  /** Connections that were made, and those of them that the monitor closed. */
  opened: number;
  closed: number;
}

const [CONTINUATION, TEXT, BINARY, PING] = [0, 1, 2, 9];
const MIB = 2 ** 20;
const AT_ONCE = 8;
const packed = (message: unknown): Buffer =>
  clientFrame(BINARY, new Packr({ useRecords: false }).pack(message));
const SCAN = {
  type: 'scan',
  id: 'attack',
  shape: [64, 64],
  channels: 256,
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
  dtype: 'u16',
};
const filled = (head: string, byte: number, bytes: number): Buffer => {
  const content = Buffer.alloc(bytes, byte);
  content.write(head, 'hex');
  return content;
};
const spectraWithTrailingByte = (bytes: number): Buffer => {
  const message = { type: 'spectra', first: 0, count: 1, data: new Uint8Array(bytes) };
  const content = new Packr({ useRecords: false }).pack(message);
  return clientFrame(BINARY, Buffer.concat([content, Buffer.from([0])]));
};

interface Plan {
  path?: string;
  atOnce?: number;
  /** Sent once, after the handshake where there is one. */
  first?: Buffer[];
  /** Sent over and over. */
  again?: Buffer;
}

/** Connects again and again, so many at once, and sends. */
async function attack(port: number, signal: AbortSignal, plan: Plan): Promise<Attack> {
  const { path, atOnce = AT_ONCE, first = [], again } = plan;
  const figures: Attack = { opened: 0, closed: 0 };
  const over = overWhen(signal);
  const one = async () => {
    while (!signal.aborted) {
      const { socket } = await openRaw(port);
      figures.opened++;
      if (path !== undefined) {
        socket.write(requestText(path, upgradeHeaders(port, path)));
        await until(socket, 'data', over);
      }
      for (const bytes of first) socket.write(bytes);
      if (again) await flood(socket, again, over);
      await until(socket, 'close', over);
      if (!signal.aborted) figures.closed++;
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return figures;
}

/** Damaged frames of everything above. */
function garbage(): Buffer {
  const random = createRandom(1);
  const bytes = repeatedBytes(
    Buffer.concat([packed(SCAN), clientFrame(PING, Buffer.alloc(3)), filled('', 1, 300)]),
  );
  for (let n = 0; n < bytes.length / 40; n++)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes;
}

const live: Plan = { path: '/live' };
const ingest: Plan = { path: '/ingest' };
const plans: Record<string, Plan> = {
  none: { ...live, atOnce: 1 },
  'live messages': { ...live, again: repeatedBytes(clientFrame(TEXT, Buffer.from('{"type":"nonsense"}'))) },
  'live pings': { ...live, again: repeatedBytes(clientFrame(PING, Buffer.alloc(1))) },
  'live fragments': { ...live, again: repeatedBytes(clientFrame(CONTINUATION, Buffer.alloc(1), false)) },
  'live oversize': { ...live, again: clientFrame(TEXT, Buffer.alloc(MIB, 0x20)) },
  'ingest messages': { ...ingest, again: repeatedBytes(clientFrame(BINARY, Buffer.from([0x80]))) },
  'ingest questions': { ...ingest, again: repeatedBytes(packed({ type: 'plan?' })) },
  'ingest pings': { ...ingest, again: repeatedBytes(clientFrame(PING, Buffer.alloc(1))) },
  'ingest fragments': {
    ...ingest,
    first: [packed(SCAN), clientFrame(BINARY, Buffer.alloc(1), false)],
    again: repeatedBytes(clientFrame(CONTINUATION, Buffer.alloc(1), false)),
  },
  'ingest not a number': {
    ...ingest,
    first: [packed({ ...SCAN, shape: [1, 1], channels: 1, dtype: 'f32' })],
    again: repeatedBytes(
      packed({ type: 'spectra', first: 0, count: 1, data: Uint8Array.of(0, 0, 0xc0, 0x7f) }),
    ),
  },
  'ingest unfinished': {
    ...ingest,
    first: [packed(SCAN), clientFrame(BINARY, Buffer.alloc(63 * MIB)).subarray(0, 62 * MIB)],
  },
  'ingest unfinished without a scan': {
    ...ingest,
    first: [clientFrame(BINARY, Buffer.alloc(63 * MIB)).subarray(0, 62 * MIB)],
  },
  'ingest empty maps': {
    ...ingest,
    atOnce: 1,
    first: [packed(SCAN), clientFrame(BINARY, filled('dd03bffff0', 0x80, 60 * MIB))],
  },
  'ingest small maps': {
    ...ingest,
    first: [packed(SCAN), clientFrame(BINARY, filled('dd0003fff0', 0x80, MIB / 4))],
  },
  'ingest trailing byte': { ...ingest, atOnce: 1, first: [packed(SCAN), spectraWithTrailingByte(60 * MIB)] },
  'ingest silent': { ...ingest },
  'garbage on live': { ...live, again: garbage() },
  'garbage on ingest': { ...ingest, again: garbage() },
  'http silent': { atOnce: 256 },
  'http headers without end': {
    atOnce: 256,
    first: [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nX-')],
  },
};

/** Ways of attacking a monitor, by name; each goes on until the signal aborts. */
export const floods: Record<string, (port: number, signal: AbortSignal) => Promise<Attack>> =
  Object.fromEntries(
    Object.entries(plans).map(([name, plan]) => [name, (port, signal) => attack(port, signal, plan)]),
  );
