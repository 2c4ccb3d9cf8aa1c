import { Hono } from 'hono';
import { encodeNpy } from '../formats/numpy.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import { planFile, planOf } from '../pipeline/planner/plan-file.ts';
import { planMask } from '../planning/mask.ts';
import { npyResponse } from './npy-response.ts';

/** Where to scan again, over HTTP, below `/api`; specified in `protocol/README.md`. */
export function planRoutes(state: LiveState, version: string): Hono {
  const app = new Hono();
  app.get('/plan', (context) => {
    const plan = planFile(state, version);
    return plan ? context.json(plan) : context.json({ error: noPlan(state) }, 404);
  });
  app.get('/plan/mask.npy', (context) => {
    const plan = planOf(state);
    if (!plan || !state.scan) return context.json({ error: noPlan(state) }, 404);
    const { shape } = state.scan.scan;
    return npyResponse(encodeNpy(planMask(plan.regions, shape), shape), 'plan-mask.npy');
  });
  app.get('/plan/value.npy', (context) => {
    const found = state.layers.find(({ layer }) => layer.kind === 'plan-value');
    if (!planOf(state) || !state.scan) return context.json({ error: noPlan(state) }, 404);
    if (!found) return context.json({ error: 'plan: there is no model yet to tell by' }, 404);
    return npyResponse(encodeNpy(found.data, state.scan.scan.shape), 'plan-value.npy');
  });
  return app;
}

const noPlan = (state: LiveState): string =>
  state.scan ? 'plan: nothing is planned for this scan' : 'scan: none has begun yet';
