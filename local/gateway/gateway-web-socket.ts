/** A WebSocket that reports its close code early, and the close codes. */
import { WebSocket } from 'ws';

/** Close codes of RFC 6455, section 7.4.1. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  tooLarge: 1009,
} as const;

export interface Ending {
  code: number;
  reason: string;
}

/** The close event after a DELETE on `@connections`. */
export const CLOSED_BY_API: Ending = { code: CLOSE.normal, reason: 'Connection Closed Normally' };

/** `ws` reports the code of a close frame only after TCP has closed, and the code of its own limits not at all. */
export class GatewayWebSocket extends WebSocket {
  /** Of the first close frame, the client's or ours. */
  firstClose: Ending | undefined;
  /** True once incoming data is ignored: after the client's close frame, or a protocol error. */
  isDeaf = false;

  /** Frames that are held; they are sent before a close frame. */
  outgoing: { release(): void } | undefined;

  /** Closes from this side. */
  end({ code, reason }: Ending): void {
    this.#note({ code, reason });
    this.outgoing?.release();
    super.close(code, reason);
  }

  /** `ws` calls this when a close frame arrives, and on a protocol error. */
  override close(code?: number, data?: string | Buffer): void {
    this.isDeaf = true;
    this.#note({ code: code ?? CLOSE.noStatus, reason: data?.toString() ?? '' });
    this.outgoing?.release();
    super.close(code, data);
  }

  #note(ending: Ending): void {
    if (this.readyState === WebSocket.OPEN) this.firstClose = ending;
  }
}
