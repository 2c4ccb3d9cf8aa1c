import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { planMask } from '../../../server/planning/mask.ts';
import { PLAN_FORMATS } from '../../../server/planning/plan-formats.ts';
import { examplePlan } from '../../support/example-plan.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());
const get = (format: string) => fetch(`${server.url}/api/plan/export/${format}`);

describe('GET /api/plan/export/<format>', () => {
  it('gives the plan on show in every format', async () => {
    server.state.begin([12, 14], []);
    server.state.topics.set('plan', examplePlan({ number: 7 }));
    for (const format of PLAN_FORMATS) {
      const response = await get(format);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-disposition')).toContain(`filename="test-plan-7.${format}"`);
    }
    const mask = decodeNpy(new Uint8Array(await (await get('mask.npy')).arrayBuffer()));
    expect(mask.data).toEqual(planMask(examplePlan().regions, [12, 14]));
    expect(await (await get('csv')).text()).toBe(await (await get('regions.csv')).text());
    expect(await (await get('points.csv?order=serpentine')).text()).toContain('step (serpentine)');
  });

  it('says what it lacks', async () => {
    expect(await (await get('dm4')).json()).toEqual({
      error: `format: expected one of ${PLAN_FORMATS.join(', ')}, found "dm4"`,
    });
    const none = await get('nion.json');
    expect([none.status, await none.json()]).toEqual([404, { error: 'scan: none has begun yet' }]);
    server.state.begin([12, 14], []);
    expect(await (await get('nion.json')).json()).toEqual({
      error: 'plan: nothing is planned for this scan',
    });
    const order = await get('points.csv?order=spiral');
    expect([order.status, await order.json()]).toEqual([
      400,
      { error: 'order: expected raster or serpentine, found "spiral"' },
    ]);
  });
});
