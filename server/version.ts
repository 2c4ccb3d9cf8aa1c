import { readFileSync } from 'node:fs';

/** Version of the product: package.json lies above the sources as well as above the built files. */
export const VERSION = readVersion(new URL('.', import.meta.url));

function readVersion(folder: URL): string {
  for (let at = folder; ; at = new URL('..', at)) {
    try {
      const content: unknown = JSON.parse(readFileSync(new URL('package.json', at), 'utf8'));
      if (content && typeof content === 'object' && 'version' in content) return String(content.version);
    } catch {
      // Not in this folder.
    }
    if (at.pathname === '/' || new URL('..', at).href === at.href) return 'unknown';
  }
}
