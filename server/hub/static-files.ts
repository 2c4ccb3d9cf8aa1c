import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { MiddlewareHandler } from 'hono';

/** File names that change with their content, as the build makes them. */
const HASHED = /^\/assets\//;

/**
 * Serves the files below `directory` and nothing else: no path that climbs out of it, and no symbolic link that leads out.
 * Leaves everything it does not serve to the next handler.
 * @param page file that is served whatever the path
 */
export function staticFiles(directory: string, page?: string): MiddlewareHandler {
  const serve = serveStatic({
    root: directory,
    ...(page !== undefined && { path: page }),
    onFound: (_path, context) => {
      const isHashed = HASHED.test(context.req.path);
      context.header('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return async (context, next) =>
    (await liesInside(directory, context.req.path)) ? serve(context, next) : next();
}

async function liesInside(directory: string, path: string): Promise<boolean> {
  try {
    const decoded = decodeURIComponent(path);
    if (decoded.includes('\0') || decoded.includes('\\')) return false;
    const [root, file] = await Promise.all([realpath(directory), realpath(join(directory, decoded))]);
    return file === root || file.startsWith(root + sep);
  } catch {
    return false;
  }
}
