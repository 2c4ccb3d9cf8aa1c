import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import { MOST_JSON_BYTES, parseJson } from '../files/parse-json.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { scanOfSignals } from '../signals/eels-signal.ts';
import { hyperspyAxis, hyperspyMetadata } from '../signals/hyperspy-tree.ts';
import type { StoredSignal } from '../signals/stored-signal.ts';
import { ACQUISITION, HYPERSPY } from '../signals/vocabulary.ts';
import { openZarrArray } from './zarr-array.ts';
import { openZarrStore, type ZarrStore } from './zarr-store.ts';

const EXPERIMENTS = 'Experiments';
/** More signals than anyone keeps in one file. */
const MOST_SIGNALS = 256;

/** HyperSpy's layout in a zarr hierarchy of format 2: a folder, whose chunks may still appear, or a zip file. */
export const zspy: Format = {
  name: 'ZSpy',
  suffixes: ['.zspy'],
  isFolder: true,
  hasImages: true,
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const store = await openZarrStore(path);
      const file = await scanOfSignals(await signalsOf(store), path, basename(path, extname(path)), options);
      if (!store.grows) return file;
      const { core } = file.unpack as NonNullable<ScanFile['unpack']>;
      return { ...file, growing: [path], header: join(path, core.source.name, '.zarray') };
    } catch (error) {
      throw inputFault(error, path);
    }
  },
};

async function signalsOf(store: ZarrStore): Promise<StoredSignal[]> {
  const names = (await store.list(EXPERIMENTS)).filter((name) => !name.startsWith('.'));
  if (names.length === 0 || names.length > MOST_SIGNALS)
    throw new InputError(
      store.place,
      EXPERIMENTS,
      `expected 1 to ${MOST_SIGNALS} signals in HyperSpy's layout (zarr format 2), found ${names.length || 'none'}`,
    );
  const signals: StoredSignal[] = [];
  for (const name of names.sort()) {
    const signal = await signalOf(store, name);
    if (signal) signals.push(signal);
  }
  return signals;
}

async function signalOf(store: ZarrStore, name: string): Promise<StoredSignal | undefined> {
  const group = `${EXPERIMENTS}/${name}`;
  const array = await openZarrArray(store, `${group}/data`);
  if (!array) return undefined;
  const axes: StoredSignal['axes'] = [];
  for (const [index, length] of array.shape.entries()) {
    const place = `${group}/axis-${index}`;
    const attributes = await attributesOf(store, place);
    if (attributes) axes.push(hyperspyAxis(place, length, (attribute) => attributes[attribute]));
  }
  const groups = new Map<string, Record<string, unknown>>();
  for (const path of METADATA_GROUPS) {
    const attributes = await attributesOf(store, `${group}/metadata/${path}`);
    if (attributes) groups.set(path, attributes);
  }
  const metadata = hyperspyMetadata((path) => groups.get(groupOf(path))?.[path.split('.').at(-1) as string]);
  return { name, axes, array, ...metadata };
}

const groupOf = (path: string): string => path.split('.').slice(0, -1).join('/');

/** Groups below `metadata` that hold what is read. */
const METADATA_GROUPS = new Set(
  [
    HYPERSPY.signalType,
    HYPERSPY.simulated,
    ...Object.values(ACQUISITION).flatMap(({ hyperspy }) => hyperspy.names),
  ].map(groupOf),
);

async function attributesOf(store: ZarrStore, key: string): Promise<Record<string, unknown> | undefined> {
  const bytes = await store.get(`${key}/.zattrs`, MOST_JSON_BYTES);
  return bytes && parseJson(bytes);
}

/**
 * The files of a store's folder that say what it holds, as far as they are there: they change when it is another, and not when chunks come.
 * Empty for what is no such folder.
 */
export async function zspyHeaders(path: string): Promise<string[]> {
  const names = await readdir(join(path, EXPERIMENTS)).catch((): string[] => []);
  const headers: string[] = [];
  for (const name of names.slice(0, MOST_SIGNALS)) {
    const group = join(path, EXPERIMENTS, name);
    const inside = await readdir(group).catch((): string[] => []);
    if (inside.includes('data')) headers.push(join(group, 'data', '.zarray'));
    headers.push(
      ...inside.filter((one) => one.startsWith('axis-')).map((one) => join(group, one, '.zattrs')),
    );
    headers.push(join(group, 'metadata', groupOf(HYPERSPY.signalType), '.zattrs'));
  }
  return headers;
}

/** Chunks whose times are looked at. */
const MOST_LOOKS = 4096;

/** When something in a store's folder was last written, ms since 1970. */
export async function zspyWrittenAt(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true }).catch((): string[] => []);
  let latest = 0;
  // Of very many the last ones: chunks are written in order.
  for (const entry of entries.slice(-MOST_LOOKS))
    latest = Math.max(latest, (await stat(join(path, entry)).catch(() => undefined))?.mtimeMs ?? 0);
  return latest;
}
