/** The reply to a chat message: a promise of the whole, and the text as it grows. */
import { StreamedText } from './streamed-text';
import type { ChatReply, ChatResponse, Frame } from './types';

export interface ReplyCalls {
  cancel(): void;
  /** Reports an error that no promise carries. */
  failed(error: unknown): void;
  onText: ((text: string) => void) | undefined;
}

/** Follows the pieces of one reply. Each shown text begins with the one before, unless the server has corrected itself. */
export class GrowingReply {
  readonly #pieces = new StreamedText();
  readonly #calls: ReplyCalls;
  #text = '';
  #hasEnded = false;
  #wake = () => {};
  #news = this.#nextNews();

  constructor(calls: ReplyCalls) {
    this.#calls = calls;
  }

  /** A frame that precedes the answer. */
  progress({ type, data }: Frame): void {
    const text = type === 'chat_delta' ? this.#pieces.add(data) : undefined;
    if (text === undefined) return;
    this.#show(text);
    try {
      this.#calls.onText?.(text);
    } catch (error) {
      this.#calls.failed(error);
    }
  }

  /** @param answer  of the whole reply, which replaces all pieces */
  follow(answer: Promise<ChatResponse>): ChatReply {
    const texts = () => {
      answer.then(
        ({ content }) => this.#end(content),
        () => this.#end(this.#text),
      );
      return this.#texts(answer);
    };
    return Object.assign(answer, { cancel: this.#calls.cancel, [Symbol.asyncIterator]: texts });
  }

  #end(text: string): void {
    this.#hasEnded = true;
    this.#show(text);
  }

  #show(text: string): void {
    this.#text = text;
    this.#wake();
    this.#news = this.#nextNews();
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async *#texts(answer: Promise<ChatResponse>): AsyncGenerator<string, void> {
    for (let shown = ''; ; ) {
      const news = this.#news;
      if (this.#text !== shown) {
        shown = this.#text;
        yield shown;
      } else if (this.#hasEnded) {
        await answer; // throws what the promise throws
        return;
      } else await news;
    }
  }
}
