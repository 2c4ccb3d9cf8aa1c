/** Bounds of what the hub does for one dashboard; tests tighten them. */
export interface DeliveryLimits {
  /** Pictures go out at most once in this time. */
  tickMs: number;
  /** Nothing more is handed to a socket that holds this many unsent bytes. */
  bufferedBytes: number;
  /** Largest picture frame; a layer with more is sent in bands of rows. */
  frameBytes: number;
  /** Control messages waiting for a slow client; beyond it the client is closed, since none may be dropped. */
  controlBytes: number;
  /** A client that takes no byte for this long although some are waiting is cut off. */
  stallMs: number;
  /** A `progress` is repeated at least this often, so that a dashboard can tell a quiet scan from a dead connection. */
  heartbeatMs: number;
  messagesPerSecond: number;
  /** Fragments, pings and pongs among them. */
  framesPerSecond: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  tickMs: 20,
  bufferedBytes: 1024 * 1024,
  frameBytes: 256 * 1024,
  controlBytes: 1024 * 1024,
  stallMs: 30_000,
  heartbeatMs: 2000,
  messagesPerSecond: 50,
  framesPerSecond: 1000,
};

/** Close codes of both wires (RFC 6455 §7.4.1 and the private range). */
export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  policy: 1008,
  internal: 1011,
  tryAgainLater: 1013,
  replaced: 4000,
} as const;
