import { InputError } from './errors.ts';

/** Rows of one layer, as sent to dashboards. */
export interface LayerFrame {
  epoch: number;
  layer: number;
  /** Model revision the samples belong to; 0 where no model is involved. */
  revision: number;
  firstRow: number;
  rows: number;
  columns: number;
  components: number;
  data: Float32Array | Int16Array;
}

/**
 * Binary frame: 32-byte little-endian header, then the samples.
 *
 *     0 u32 magic "EELF"   4 u8 version  5 u8 dtype (1 f32, 2 i16)  6 u8 components  7 u8 0
 *     8 u32 epoch         12 u32 layer  16 u32 revision
 *    20 u32 first row     24 u32 rows   28 u32 columns
 */
export const FRAME_HEADER_BYTES = 32;
const MAGIC = 0x464c4545;
const VERSION = 1;

export function encodeFrame(frame: LayerFrame): Uint8Array<ArrayBuffer> {
  const samples = frame.rows * frame.columns * frame.components;
  if (frame.data.length !== samples)
    throw new RangeError(`frame holds ${frame.data.length} of ${samples} samples`);
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + frame.data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, frame.data instanceof Float32Array ? 1 : 2);
  view.setUint8(6, frame.components);
  view.setUint32(8, frame.epoch, true);
  view.setUint32(12, frame.layer, true);
  view.setUint32(16, frame.revision, true);
  view.setUint32(20, frame.firstRow, true);
  view.setUint32(24, frame.rows, true);
  view.setUint32(28, frame.columns, true);
  bytes.set(
    new Uint8Array(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength),
    FRAME_HEADER_BYTES,
  );
  return bytes;
}

/** In a bundle every frame begins at a multiple of so many bytes, so that its samples can be looked at where they lie. */
const BUNDLE_ALIGNMENT = 4;
export const bundledLength = (bytes: number): number =>
  Math.ceil(bytes / BUNDLE_ALIGNMENT) * BUNDLE_ALIGNMENT;

/** Encoded frames one after the other. */
export function bundleFrames(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length === 1) return frames[0];
  const bundle = new Uint8Array(frames.reduce((sum, { byteLength }) => sum + bundledLength(byteLength), 0));
  let at = 0;
  for (const frame of frames) {
    bundle.set(frame, at);
    at += bundledLength(frame.byteLength);
  }
  return bundle;
}

const wrong = (field: string, expectation: string) => new InputError('frame', field, expectation);

/**
 * The one frame of a message. Its samples are a view on `buffer`, not a copy: every platform this runs on is little endian.
 * @throws InputError when magic, version, dtype or the length do not hold
 */
export function decodeFrame(buffer: ArrayBuffer): LayerFrame {
  const frame = frameAt(buffer, 0);
  const found = buffer.byteLength - FRAME_HEADER_BYTES;
  if (found !== frame.data.byteLength)
    throw wrong('length', `expected ${frame.data.byteLength} bytes of samples, found ${found}`);
  return frame;
}

/**
 * The frames of a bundle, as views on `buffer`.
 * @throws InputError as `decodeFrame`
 */
export function* decodeBundle(buffer: ArrayBuffer): Generator<LayerFrame> {
  let at = 0;
  do {
    const frame = frameAt(buffer, at);
    at += bundledLength(FRAME_HEADER_BYTES + frame.data.byteLength);
    yield frame;
  } while (at < buffer.byteLength);
}

function frameAt(buffer: ArrayBuffer, start: number): LayerFrame {
  const rest = buffer.byteLength - start;
  if (rest < FRAME_HEADER_BYTES)
    throw wrong('length', `expected at least ${FRAME_HEADER_BYTES} bytes, found ${rest}`);
  const view = new DataView(buffer, start);
  if (view.getUint32(0, true) !== MAGIC) throw wrong('magic', 'expected "EELF"');
  if (view.getUint8(4) !== VERSION) throw wrong('version', `expected ${VERSION}, found ${view.getUint8(4)}`);
  const dtype = view.getUint8(5);
  if (dtype !== 1 && dtype !== 2) throw wrong('dtype', `expected 1 (f32) or 2 (i16), found ${dtype}`);
  const components = view.getUint8(6);
  if (components === 0) throw wrong('components', 'expected at least 1, found 0');
  const rows = view.getUint32(24, true);
  const columns = view.getUint32(28, true);
  const samples = rows * columns * components;
  const bytes = samples * (dtype === 1 ? 4 : 2);
  if (rest < FRAME_HEADER_BYTES + bytes)
    throw wrong('length', `expected ${bytes} bytes of samples, found ${rest - FRAME_HEADER_BYTES}`);
  return {
    epoch: view.getUint32(8, true),
    layer: view.getUint32(12, true),
    revision: view.getUint32(16, true),
    firstRow: view.getUint32(20, true),
    rows,
    columns,
    components,
    data:
      dtype === 1
        ? new Float32Array(buffer, start + FRAME_HEADER_BYTES, samples)
        : new Int16Array(buffer, start + FRAME_HEADER_BYTES, samples),
  };
}
