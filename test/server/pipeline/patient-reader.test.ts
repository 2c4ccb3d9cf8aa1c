import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CubeReader } from '../../../server/formats/cube.ts';
import { PatientReader } from '../../../server/pipeline/patient-reader.ts';

function counting(urgent: () => Promise<void> | undefined) {
  const reads: number[] = [];
  const inner = {
    read: async (first: number) => {
      reads.push(first);
    },
  } as unknown as CubeReader;
  return { reads, reader: new PatientReader(inner, urgent) };
}

const room = new Float32Array(0);

it('reads at once while nothing is urgent, and after what is urgent', async () => {
  let done = () => {};
  let urgent: Promise<void> | undefined;
  const { reads, reader } = counting(() => urgent);
  await reader.read(1, 0, 0, 0, room);
  urgent = new Promise<void>((resolve) => {
    done = resolve;
  });
  const later = reader.read(2, 0, 0, 0, room);
  await turn();
  expect(reads).toEqual([1]);
  done();
  await later;
  expect(reads).toEqual([1, 2]);
});

it('goes on where what is urgent has no end', async () => {
  const { reads, reader } = counting(() => new Promise<void>(() => {}));
  await reader.read(3, 0, 0, 0, room);
  expect(reads).toEqual([3]);
});
