/** How many sessions are kept; what is left out is not limited. */
export interface RetentionRules {
  /** Of all sessions together. */
  bytes?: number;
  sessions?: number;
  /** Since a session ended. */
  days?: number;
}

/** What decides whether a session may be deleted. */
export interface RetainedSession {
  id: string;
  /** When it ended, ms since 1970; undefined while it is open. */
  ended: number | undefined;
  bytes: number;
  pinned: boolean;
  /** Final maps are there. */
  hasResults: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The sessions to be deleted, oldest first: none that is open, pinned or still to get its final maps, though they count.
 * @param now ms since 1970
 */
export function expiredSessions(
  sessions: readonly RetainedSession[],
  { bytes = Number.POSITIVE_INFINITY, sessions: most = Number.POSITIVE_INFINITY, days }: RetentionRules,
  now: number,
): string[] {
  let size = sessions.reduce((sum, session) => sum + session.bytes, 0);
  let count = sessions.length;
  const expired: string[] = [];
  const deletable = sessions
    .filter(({ ended, pinned, hasResults }) => ended !== undefined && !pinned && hasResults)
    .sort((a, b) => (a.ended ?? 0) - (b.ended ?? 0));
  for (const { id, ended = now, bytes: own } of deletable) {
    const isOld = days !== undefined && now - ended > days * DAY_MS;
    if (!isOld && size <= bytes && count <= most) continue;
    expired.push(id);
    size -= own;
    count--;
  }
  return expired;
}
