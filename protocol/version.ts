/** Name and major version of the dashboards' wire, negotiated as the WebSocket subprotocol. */
export const LIVE_SUBPROTOCOL = 'eelwatch.live.v1';

/** Default TCP port of the monitor (HTTP, `/live` and `/ingest`). */
export const DEFAULT_PORT = 3357;
