import { Hono } from 'hono';
import {
  type Comparison,
  classPlaces,
  EDGE_MAPS,
  type EdgeMapKind,
  LIVE_SUBPROTOCOL,
  type PairInformation,
  type Progress,
  type Topic,
} from '../../protocol/index.ts';
import { encodeNpy } from '../formats/numpy/numpy.ts';
import type { LiveLayer, LiveState } from '../pipeline/live-state.ts';
import { shownPhases } from '../pipeline/phases/phase-topic.ts';
import type { Exports } from './exports.ts';
import type { Hub } from './hub.ts';
import { drawLabels } from './label-picture.ts';
import type { Metrics } from './metrics.ts';
import { npyResponse } from './npy-response.ts';
import { planRoutes } from './plan-routes.ts';
import { staticFiles } from './static-files.ts';

export interface AppOptions {
  state: LiveState;
  hub: Hub;
  metrics: Metrics;
  /** Folder of the built dashboard. */
  clientDirectory: string;
  sessionId: string;
  version: string;
  exports: Exports;
  /** Requests for recorded sessions, where the monitor has some. */
  recorded?: Hono;
  /** Where two analyses are shown beside each other. */
  comparison?: Comparison;
}

const startedAt = performance.now();

/** The HTTP interface: the dashboard's files, and the state for scripts. Access is checked before it is asked. */
export function createApp(options: AppOptions): Hono {
  const { state, hub, metrics, clientDirectory, sessionId, version, comparison } = options;
  const app = new Hono();
  const topic = <Type extends Topic['type']>(key: string, type: Type) => {
    const found = state.topics.get(key);
    return found?.type === type ? (found as Extract<Topic, { type: Type }>) : undefined;
  };

  // What is measured is nobody's to keep, and changes all the time.
  for (const path of ['/api/*', '/metrics'])
    app.use(path, async (context, next) => {
      await next();
      context.header('Cache-Control', 'no-store');
    });

  app.get('/api/status', (context) => {
    const scan = state.scan?.scan;
    const progress: Progress | undefined = topic('progress', 'progress');
    return context.json({
      version,
      protocol: LIVE_SUBPROTOCOL,
      sessionId,
      status: progress?.status ?? 'waiting',
      source: state.scan?.source,
      scan,
      progress,
      edges: state.scan?.edges.map(({ name }) => topic(`edge/${name}`, 'edge') ?? { name }),
      layers: state.layers.map(({ layer }) => layer),
      alerts: state.alerts,
      connections: hub.connections,
      skippedPictures: hub.skippedPictures,
      uptimeSeconds: (performance.now() - startedAt) / 1000,
      rssBytes: process.memoryUsage.rss(),
    });
  });

  app.get('/api/summary', (context) => context.json(state.summary()));

  app.get('/api/information', (context) => {
    const pairs: PairInformation[] = [];
    for (const found of state.topics.values()) if (found.type === 'information') pairs.push(found);
    return context.json(pairs);
  });

  const noPhases =
    'phases: there are none yet; they come with the names of classes, and at the end of the scan';
  app.get('/api/phases', (context) => {
    const table = shownPhases(state);
    return table ? context.json(table) : context.json({ error: noPhases }, 404);
  });
  app.get('/api/phases.npy', (context) => {
    const found = state.layers.find(({ layer }) => layer.kind === 'phases');
    return found ? layerResponse(state, found, 'phases.npy') : context.json({ error: noPhases }, 404);
  });

  app.route('/api', planRoutes(state, version));

  app.get('/api/edges/:edge/labels.png', async (context) => {
    const name = context.req.param('edge');
    const found = findEdgeLayer(state, name, 'labels');
    if (typeof found === 'string') return context.json({ error: found }, 404);
    const edges = [...state.topics.values()].filter((one) => one.type === 'edge');
    const own = edges.findIndex((one) => one.name === name);
    const places = classPlaces(edges)[own] ?? [];
    const placeOf = new Map(edges[own]?.classes.map(({ label }, i) => [label, places[i]]));
    const columns = state.scan?.scan.shape[1] ?? 1;
    return context.body(await drawLabels(found.data, columns, placeOf), 200, { 'Content-Type': 'image/png' });
  });

  for (const kind of EDGE_MAPS)
    app.get(`/api/edges/:edge/${kind}.npy`, (context) => {
      const name = context.req.param('edge');
      const found = findEdgeLayer(state, name, kind);
      if (typeof found === 'string') return context.json({ error: found }, 404);
      return layerResponse(state, found, `${name}-${kind}.npy`);
    });

  app.get('/api/layers/:file', (context) => {
    const id = /^(\d+)\.npy$/.exec(context.req.param('file'))?.[1];
    const found = state.layers.find(({ layer }) => String(layer.id) === id);
    if (found) return layerResponse(state, found, `layer-${id}.npy`);
    const known = state.layers.map(({ layer }) => `${layer.id} (${layer.name})`).join(', ');
    return context.json({ error: `layer: expected <id>.npy with one of ${known || 'no layer yet'}` }, 404);
  });

  if (options.recorded) app.route('/api', options.recorded);
  app.get('/api/compare', (context) =>
    comparison
      ? context.json(comparison)
      : context.json({ error: 'compare: nothing is compared here; eelwatch compare <A> <B> --serve' }, 404),
  );

  app.get('/api/export/:format', (context) =>
    options.exports.ofShown(state, context.req.param('format'), context.req.raw.signal),
  );

  app.get('/metrics', async (context) =>
    context.text(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );

  app.all('/api/*', (context) => context.json({ error: `${context.req.path}: no such endpoint` }, 404));
  // A comparison has no scan for the dashboard to follow.
  if (comparison) app.get('/', staticFiles(clientDirectory, 'compare.html'));
  app.get('*', staticFiles(clientDirectory));
  app.notFound((context) => context.json({ error: `${context.req.path}: not found` }, 404));
  app.onError((error, context) => context.json({ error: error.message }, 500));
  return app;
}

/** The layer, or why there is none. */
function findEdgeLayer(state: LiveState, edge: string, kind: EdgeMapKind): LiveLayer | string {
  if (!state.scan) return 'scan: none has begun yet';
  const names = state.scan.edges.map(({ name }) => name);
  if (!names.includes(edge)) return `edge: expected one of ${names.join(', ')}, found "${edge}"`;
  const found = state.layers.find(({ layer }) => layer.edge === edge && layer.kind === kind);
  return found ?? `${edge}: there is no ${kind} map`;
}

function layerResponse(state: LiveState, { layer, data }: LiveLayer, name: string): Response {
  const [rows, columns] = state.scan?.scan.shape ?? [0, 0];
  const shape = layer.components === 1 ? [rows, columns] : [rows, columns, layer.components];
  return npyResponse(encodeNpy(data, shape), name);
}
