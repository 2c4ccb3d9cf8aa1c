import { Hono } from 'hono';
import type { LiveState } from '../pipeline/live-state.ts';
import {
  contentTypeOf,
  isPlanFormat,
  PLAN_FORMATS,
  type PlanFormatName,
  writePlan,
} from '../planning/plan-formats.ts';
import { dispositionOf } from './disposition.ts';

/** The plan of the scan on show for other programs, below `/api`; specified in `protocol/README.md`. */
export function planExports(state: LiveState): Hono {
  const app = new Hono();
  app.get('/plan/export/:format', async (context) => {
    const format = formatOf(context.req.param('format'));
    if (!format)
      return context.json(
        {
          error: `format: expected one of ${PLAN_FORMATS.join(', ')}, found "${context.req.param('format')}"`,
        },
        404,
      );
    const order = context.req.query('order') ?? 'raster';
    if (order !== 'raster' && order !== 'serpentine')
      return context.json({ error: `order: expected raster or serpentine, found "${order}"` }, 400);
    const scan = state.scan?.scan;
    if (!scan) return context.json({ error: 'scan: none has begun yet' }, 404);
    const plan = state.topics.get('plan');
    if (plan?.type !== 'plan') return context.json({ error: 'plan: nothing is planned for this scan' }, 404);
    return new Response(await writePlan(format, plan, scan, { order }), {
      headers: {
        'Content-Type': contentTypeOf(format),
        'Content-Disposition': dispositionOf(`${scan.name}-plan-${plan.number}.${format}`),
        'Cache-Control': 'no-store',
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
