import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { InputError } from '../../protocol/index.ts';
import { command } from '../../protocol/live/commands.ts';
import { conform } from '../../protocol/schema.ts';
import { SessionBusy, type SessionLibrary } from '../replay/session-library.ts';
import type { Exports } from './exports.ts';
import { drawLabels } from './label-picture.ts';
import type { PlayerRooms } from './player-rooms.ts';

const words = v.pipe(v.string(), v.trim(), v.maxLength(2000));
const about = v.strictObject({
  name: v.exactOptional(words),
  note: v.exactOptional(words),
  pinned: v.exactOptional(v.boolean()),
});
const order = v.strictObject({ session: v.pipe(v.string(), v.minLength(1)), command });

const MOST_BYTES = 64 * 1024;

/** The recorded sessions over HTTP, below `/api`; specified in `protocol/README.md`. */
export function sessionRoutes(library: SessionLibrary, rooms: PlayerRooms, exports: Exports): Hono {
  const app = new Hono();
  const onError = (context: Context) =>
    context.json({ error: `request: body: expected at most ${MOST_BYTES} bytes` }, 413);
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError }));
  app.get('/sessions', async (context) => context.json(await library.list()));
  app.get('/sessions/:id', async (context) => context.json(await library.entry(context.req.param('id'))));
  app.get('/sessions/:id/thumbnail.png', async (context) => {
    const found = await library.thumbnail(context.req.param('id'));
    if (!found) return context.json({ error: 'session: there is no class map' }, 404);
    const picture = await drawLabels(found.labels, found.columns);
    return context.body(picture, 200, { 'Content-Type': 'image/png' });
  });
  app.get('/sessions/:id/export/:format', async (context) => {
    const { id, format } = context.req.param();
    const { name } = await library.entry(id);
    return exports.ofSession(await library.folderOf(id), name, format, context.req.raw.signal);
  });
  app.patch('/sessions/:id', async (context) => {
    const said = conform(about, await bodyOf(context), 'request');
    return context.json(await library.describe(context.req.param('id'), said));
  });
  app.delete('/sessions/:id', async (context) => {
    const id = context.req.param('id');
    await rooms.leave(id);
    await library.remove(id);
    return context.json({ deleted: id });
  });
  app.post('/sessions/:id/restore', async (context) => {
    const id = context.req.param('id');
    await library.restore(id);
    return context.json(await library.entry(id));
  });
  app.post('/player', async (context) => {
    const asked = conform(order, await bodyOf(context), 'request');
    const { player } = await rooms.room(asked.session);
    try {
      await player.command(asked.command);
    } catch (error) {
      return context.json({ error: error instanceof Error ? error.message : String(error) }, 400);
    }
    return context.json(player.topics.get('player'));
  });
  app.onError((error, context) => context.json({ error: error.message }, statusOf(error)));
  return app;
}

async function bodyOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch (cause) {
    throw new InputError('request', 'body', 'expected JSON', { cause });
  }
}

function statusOf(error: unknown): 400 | 404 | 409 | 500 {
  if (error instanceof SessionBusy) return 409;
  if (!(error instanceof InputError)) return 500;
  return error.place === 'request' ? 400 : 404;
}
