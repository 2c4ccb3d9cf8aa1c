/**
 * An address of the monitor's HTTP interface.
 * @param liveUrl its `/live`, whose token is added
 * @param path without a leading slash
 */
export function monitorUrl(liveUrl: string, path: string): string {
  const url = new URL(path, liveUrl);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  const token = new URL(liveUrl).searchParams.get('token');
  if (token !== null) url.searchParams.set('token', token);
  return url.href;
}

/** `/live` of a recorded session, or of the newest scan of the monitor's run where it is left out. */
export function liveUrlOf(liveUrl: string, session: string | undefined): string {
  const url = new URL(liveUrl);
  if (session !== undefined) url.searchParams.set('session', session);
  return url.href;
}
