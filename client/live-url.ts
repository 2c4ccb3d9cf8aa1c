/**
 * Address of `/live` on the page's server. A token in the page's address is added to it and removed from the address bar, so that
 * it gets into no bookmark.
 */
export function liveUrl(page: Location): string {
  const url = new URL('live', page.href);
  url.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:';
  const token = new URL(page.href).searchParams.get('token');
  url.search = token === null ? '' : `?token=${encodeURIComponent(token)}`;
  if (token !== null) {
    const shown = new URL(page.href);
    shown.searchParams.delete('token');
    history.replaceState(undefined, '', `${shown.pathname}${shown.search}${shown.hash}`);
  }
  return url.href;
}
