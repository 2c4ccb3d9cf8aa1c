import { type Context, Hono } from 'hono';
import { encodeNpy } from '../formats/numpy/numpy.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import { planFile, planOf } from '../pipeline/planner/plan-file.ts';
import {
  contentTypeOf,
  isPlanFormat,
  PLAN_FORMATS,
  type PlanFormatName,
  writePlan,
} from '../planning/plan-formats.ts';
import { dispositionOf } from './disposition.ts';
import { npyResponse } from './npy-response.ts';

/** The plan of the scan on show, over HTTP below `/api`; specified in `protocol/README.md`. */
export function planRoutes(state: LiveState, version: string): Hono {
  const app = new Hono();
  const none = (context: Context) =>
    context.json(
      { error: state.scan ? 'plan: nothing is planned for this scan' : 'scan: none has begun yet' },
      404,
    );
  /** The plan and its scan, where there are both. */
  const shown = () => {
    const [plan, scan] = [planOf(state), state.scan?.scan];
    return plan && scan && { plan, scan };
  };

  app.get('/plan', (context) => {
    const plan = planFile(state, version);
    return plan ? context.json(plan) : none(context);
  });

  app.get('/plan/mask.npy', async (context) => {
    const found = shown();
    if (!found) return none(context);
    return npyResponse(await writePlan('mask.npy', found.plan, found.scan), 'plan-mask.npy');
  });

  app.get('/plan/value.npy', (context) => {
    const found = shown();
    if (!found) return none(context);
    const value = state.layers.find(({ layer }) => layer.kind === 'plan-value');
    if (!value) return context.json({ error: 'plan: there is no model yet to plan by' }, 404);
    return npyResponse(encodeNpy(value.data, found.scan.shape), 'plan-value.npy');
  });

  app.get('/plan/export/:format', async (context) => {
    const name = context.req.param('format');
    const format = formatOf(name);
    if (!format)
      return context.json(
        { error: `format: expected one of ${PLAN_FORMATS.join(', ')}, found "${name}"` },
        404,
      );
    const order = context.req.query('order') ?? 'raster';
    if (order !== 'raster' && order !== 'serpentine')
      return context.json({ error: `order: expected raster or serpentine, found "${order}"` }, 400);
    const found = shown();
    if (!found) return none(context);
    const { plan, scan } = found;
    return new Response(await writePlan(format, plan, scan, { order }), {
      headers: {
        'Content-Type': contentTypeOf(format),
        'Content-Disposition': dispositionOf(`${scan.name}-plan-${plan.number}.${format}`),
      },
    });
  });
  return app;
}

/** `csv` is the table of the regions. */
function formatOf(name: string): PlanFormatName | undefined {
  if (name === 'csv') return 'regions.csv';
  return isPlanFormat(name) ? name : undefined;
}
