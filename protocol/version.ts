/** Name and major version of the dashboards' wire, negotiated as the WebSocket subprotocol. */
export const LIVE_SUBPROTOCOL = 'eelwatch.live.v1';

/** The same with frames in bundles, for clients to which each message is dear, as it is to a browser. */
export const LIVE_BUNDLES_SUBPROTOCOL = `${LIVE_SUBPROTOCOL}+bundles`;

/** Default TCP port of the monitor (HTTP, `/live` and `/ingest`). */
export const DEFAULT_PORT = 3357;
