import type { ServerMessage } from '../../protocol/index.ts';
import { InputError } from '../../protocol/index.ts';

type Kind = 'string' | 'number' | 'array' | 'object';

/** Fields without which a message cannot be shown; the server is trusted for the rest. */
const REQUIRED: Record<ServerMessage['type'], Record<string, Kind>> = {
  hello: { sessionId: 'string', version: 'string' },
  scan: { epoch: 'number', scan: 'object', edges: 'array', layers: 'array' },
  layer: { epoch: 'number', layer: 'object' },
  progress: { epoch: 'number', status: 'string', spectra: 'number', total: 'number', sentAt: 'number' },
  edge: { epoch: 'number', name: 'string', status: 'string', revision: 'number', classes: 'array' },
  'class-spectra': { epoch: 'number', edge: 'string', energy: 'object', spectra: 'array' },
  'sum-spectrum': { epoch: 'number', energy: 'object', counts: 'array' },
  calibration: { epoch: 'number', verdict: 'string', evidence: 'array', filed: 'object' },
  information: {
    epoch: 'number',
    a: 'string',
    b: 'string',
    rows: 'array',
    columns: 'array',
    pointwise: 'array',
  },
  alerts: { alerts: 'array' },
  spectrum: {
    request: 'number',
    epoch: 'number',
    pixel: 'number',
    energy: 'object',
    raw: 'array',
    edges: 'array',
  },
  answer: { request: 'number' },
  fault: { message: 'string' },
  annotations: { epoch: 'number', annotations: 'array' },
  player: { epoch: 'number', session: 'string', state: 'string', at: 'number', row: 'number' },
  timeline: { epoch: 'number', start: 'number', end: 'number', progress: 'array', marks: 'array' },
  phases: { epoch: 'number', revision: 'number', phases: 'array' },
  plan: {
    epoch: 'number',
    number: 'number',
    status: 'string',
    verdict: 'string',
    words: 'string',
    request: 'object',
    regions: 'array',
    cost: 'object',
    gain: 'number',
    settled: 'object',
    history: 'array',
  },
  delivery: { skipped: 'number' },
};

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/**
 * The messages in a text: one, or several in an array.
 * @throws InputError when the text is not JSON
 */
export function parseMessages(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new InputError('message', 'text', 'expected JSON', { cause });
  }
}

/**
 * Undefined for a type this client does not know: a newer server may have more to say.
 * @throws InputError when a field is missing
 */
export function checkedMessage(value: unknown): ServerMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    throw new InputError('message', 'type', 'expected an object with a type');
  if (!Object.hasOwn(REQUIRED, value.type)) return undefined;
  const fields = REQUIRED[value.type as ServerMessage['type']];
  for (const [field, kind] of Object.entries(fields)) {
    const found = kindOf((value as Record<string, unknown>)[field]);
    if (found !== kind)
      throw new InputError(`message ${value.type}`, field, `expected ${kind}, found ${found}`);
  }
  return value as ServerMessage;
}
