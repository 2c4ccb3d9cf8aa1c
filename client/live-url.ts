/** `/live` beside the page; a token in the page's address goes with it, and is then taken out of sight and of bookmarks. */
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
