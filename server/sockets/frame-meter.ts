const FIN = 0x80;
const CONTROL = 0x08;
const LONGEST_HEADER = 14;

/**
 * Follows the frames of one WebSocket (RFC 6455 §5.2) in the bytes as they arrive, without looking at their content: how many
 * there are and how much of a message has come before its end, which the library that puts messages together does not tell.
 */
export class FrameMeter {
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerBytes = 0;
  /** Of the present frame's payload. */
  #missing = 0;
  #isControl = false;
  #isFinal = false;
  #frames = 0;
  #controlFrames = 0;
  #fragments = 0;
  #messageBytes = 0;

  /** Frames of all kinds so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Pings, pongs and goodbyes so far. */
  get controlFrames(): number {
    return this.#controlFrames;
  }

  /** Frames of the message that is not complete yet; 0 between messages. */
  get fragments(): number {
    return this.#fragments;
  }

  /** Bytes of the message that is not complete yet; 0 between messages. */
  get unfinishedBytes(): number {
    return this.#messageBytes;
  }

  /** Takes the next bytes from the wire, in order. */
  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - at);
        at += taken;
        this.#missing -= taken;
        if (!this.#isControl) this.#messageBytes += taken;
      } else {
        this.#header[this.#headerBytes++] = chunk[at++];
        if (this.#headerBytes < 2 || this.#headerBytes < this.#headerLength()) continue;
        this.#begin();
      }
      if (this.#missing === 0) this.#end();
    }
  }

  #headerLength(): number {
    const length = this.#header[1] & 0x7f;
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    return 2 + extended + (this.#header[1] & 0x80 ? 4 : 0);
  }

  #begin(): void {
    const [first, second] = this.#header;
    const view = new DataView(this.#header.buffer);
    const length = second & 0x7f;
    this.#headerBytes = 0;
    this.#missing = length;
    if (length === 126) this.#missing = view.getUint16(2);
    else if (length === 127) this.#missing = Number(view.getBigUint64(2));
    this.#isControl = (first & CONTROL) !== 0;
    this.#isFinal = (first & FIN) !== 0;
    this.#frames++;
    if (this.#isControl) this.#controlFrames++;
    else this.#fragments++;
  }

  #end(): void {
    if (this.#isControl || !this.#isFinal) return;
    this.#fragments = 0;
    this.#messageBytes = 0;
  }
}
