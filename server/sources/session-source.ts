import { basename } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { readDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionLayouts } from '../sessions/session-layouts.ts';
import { readPass } from '../sessions/session-reader.ts';
import { SignalFiles } from '../sessions/signal-files.ts';
import { ScalarMeans } from './scalar-means.ts';
import type { Source, SourceEvent } from './source.ts';

/**
 * Reports a recorded session at once, as far as its samples are those that were written.
 * @throws InputError from `events` when the folder is no session that can be read
 */
export function sessionSource(folder: string): Source {
  return {
    description: basename(folder),
    async *events(): AsyncGenerator<SourceEvent> {
      const description = await readDescription(folder);
      if (!description) throw new InputError(folder, 'session.json', 'expected in the folder of a session');
      const { scan, passes, status, signals } = description;
      const pixels = scan.shape[0] * scan.shape[1];
      yield { type: 'scan', opening: { scan, ...sessionLayouts(folder, scan, Math.max(passes, 1)) } };
      for (let pass = 0; pass < passes; pass++) {
        const { present } = await readPass(folder, description, pass);
        for (const { first, end } of present.spans())
          yield { type: 'measured', first, count: end - first, pass };
      }
      const files = sessionFiles(folder);
      for (const { name, file } of signals) {
        const means = new ScalarMeans(pixels);
        let values: Float32Array | undefined;
        for (let pass = 0; pass < passes; pass++) {
          const read = await new SignalFiles(() => files.signal(file, pass), pixels).read(0);
          if (read) values = means.add(0, read);
        }
        if (values) yield { type: 'channel', name, first: 0, values };
      }
      yield { type: 'end', status: status === 'complete' ? 'complete' : 'aborted' };
    },
  };
}
