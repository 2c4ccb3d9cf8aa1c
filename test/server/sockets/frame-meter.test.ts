import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as ws from 'ws';
import { FrameMeter } from '../../../server/sockets/frame-meter.ts';
import { RateLimit } from '../../../server/sockets/rate-limit.ts';

/** The library's own encoder, which its types leave out. */
const { Sender } = ws as unknown as {
  Sender: { frame(data: Buffer, options: Record<string, unknown>): Buffer[] };
};
const PING = 9;
const BINARY = 2;
const CONTINUATION = 0;
const frame = (length: number, opcode: number, fin: boolean, mask: boolean): Buffer =>
  Buffer.concat(Sender.frame(Buffer.alloc(length, 0xff), { opcode, fin, mask, readOnly: true, rsv1: false }));

/** A message as lengths of its fragments, with a ping before some of them. */
const message = fc.record({
  fragments: fc.array(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000), {
    minLength: 1,
    maxLength: 4,
  }),
  pingAt: fc.nat(5),
  mask: fc.boolean(),
});

it('knows frames and unfinished messages, however the bytes arrive', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 4 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40_000 })),
      (messages, sizes) => {
        const meter = new FrameMeter();
        const take = (bytes: Buffer) => {
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value;
            meter.take(bytes.subarray(at, at + size));
            at += size;
          }
        };
        let [frames, controls] = [0, 0];
        for (const { fragments, pingAt, mask } of messages) {
          let sent = 0;
          for (const [index, length] of fragments.entries()) {
            if (index === pingAt) {
              take(frame(7, PING, true, mask));
              [frames, controls] = [frames + 1, controls + 1];
            }
            const isLast = index === fragments.length - 1;
            take(frame(length, index === 0 ? BINARY : CONTINUATION, isLast, mask));
            sent += length;
            frames++;
            expect(meter.unfinishedBytes).toBe(isLast ? 0 : sent);
            expect(meter.fragments).toBe(isLast ? 0 : index + 1);
          }
        }
        expect([meter.frames, meter.controlFrames]).toEqual([frames, controls]);
      },
    ),
    { numRuns: 100 },
  );
});

it('a rate is counted anew with every second', () => {
  let now = 0;
  const limit = new RateLimit(3, () => now);
  expect([1, 2, 3, 4].map(() => limit.exceeds())).toEqual([false, false, false, true]);
  now = 999;
  expect(limit.exceeds()).toBe(true);
  now = 1000;
  expect(limit.exceeds(3)).toBe(false);
  expect(limit.exceeds()).toBe(true);
});
