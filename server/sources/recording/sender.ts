/** What sends a scan: a producer's connection, a detector's socket. */
export interface Sender {
  /** Whether more may come from it. */
  readonly isOpen: boolean;
  /** Another one sends from now on. */
  replaced(reason: string): void;
  /** Tells it how far its scan is recorded. */
  acknowledge(): void;
  /** What it has sent is lost: it has to connect again, and learns then what is missing. */
  failed(reason: string): void;
}
