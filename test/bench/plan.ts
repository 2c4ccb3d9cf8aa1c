import { PLAN_TERMS, type PlanRequest } from '../../protocol/index.ts';
import { DECISION_NUMBERS, writeDecision } from '../../server/analysis/clustering/class-decision.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { pixelValues, planRescan, settledness } from '../../server/analysis/plan/plan-rescan.ts';
import { planInput, plannedEdge } from '../support/plan-input.ts';
import { median } from './median.ts';
import type { Figure } from './run.ts';

const SIDE = 512;
const ROUNDS = 5;

/** Processor time of a plan for 512 × 512 pixels and three edges, whose doubts lie along rings as those at the borders of particles do. */
export function plans(): Figure[] {
  const n = SIDE * SIDE;
  const random = createRandom(3);
  const particles = Array.from({ length: 250 }, () => [random() * SIDE, random() * SIDE, 5 + 20 * random()]);
  const doubt = new Float32Array(n).fill(-12);
  for (const [y, x, radius] of particles)
    for (let row = Math.max(0, Math.floor(y - radius - 3)); row < Math.min(SIDE, y + radius + 3); row++)
      for (
        let column = Math.max(0, Math.floor(x - radius - 3));
        column < Math.min(SIDE, x + radius + 3);
        column++
      )
        if (Math.abs(Math.hypot(row - y, column - x) - radius) < 2)
          doubt[row * SIDE + column] = -4 * random();
  const edges = ['Si-L', 'C-K', 'O-K'].map((name) => plannedEdge(name, n, (pixel) => doubt[pixel]));
  for (const { decisions, snr } of edges)
    for (let pixel = 0; pixel < n; pixel++) {
      if (random() < 0.1)
        writeDecision(decisions, DECISION_NUMBERS * pixel, {
          margin: 1.5,
          apart: 4,
          scatter: 0.1,
          odds: -3,
          other: 1,
        });
      snr[pixel] = 2 + 8 * random();
    }
  const input = planInput([SIDE, SIDE], edges);
  const timing = { dwellSeconds: 0.005, flybackSeconds: 0.002, setupSeconds: 3 };
  const timed = <Result>(work: () => Result): { result: Result; milliseconds: number } => {
    // Of the processor: the machine may be busy otherwise.
    const started = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(started);
    return { result, milliseconds: (user + system) / 1000 };
  };
  const looks: number[] = [];
  const found: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const { result: values, milliseconds } = timed(() => pixelValues(input));
    looks.push(milliseconds);
    for (const [name, given] of [
      ['in pixel-dwells', input],
      ['in seconds', { ...input, timing }],
    ] as const) {
      found[name] ??= [];
      const request: PlanRequest = { budget: { unit: 'percent', value: 25 }, terms: PLAN_TERMS };
      found[name].push(timed(() => planRescan(values, given, request)).milliseconds);
    }
  }
  return [
    { name: `values of ${SIDE}² pixels, 3 edges`, value: median(looks), unit: 'ms' },
    ...Object.entries(found).map(([name, times]) => ({
      name: `plan for ${SIDE}² pixels, budget ${name}`,
      value: median(times),
      unit: 'ms',
    })),
    {
      name: `how settled ${SIDE}² pixels are`,
      value: timed(() => settledness(input)).milliseconds,
      unit: 'ms',
    },
  ];
}
