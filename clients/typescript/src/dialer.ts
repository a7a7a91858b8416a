/** Opens sockets: a fresh token, the URL with the resume token, the subprotocols (R1 to R3). */
import { Link, type LinkDependencies, type LinkEvents } from './link';

export interface DialerDependencies extends LinkDependencies {
  url: string;
  token: (() => string | Promise<string>) | undefined;
  /** The token, or the WebSocket class, threw. */
  failed(error: unknown): void;
}

export class Dialer {
  resumeToken: string | undefined;
  readonly #events: LinkEvents;
  readonly #dependencies: DialerDependencies;

  constructor(events: LinkEvents, dependencies: DialerDependencies) {
    this.#events = events;
    this.#dependencies = dependencies;
  }

  /**
   * Opens a socket, at once if no token is needed.
   * @param isWanted  called once the token is there; if it returns false, nothing is opened
   * @param opened  gets undefined if it failed
   */
  async open(isWanted: () => boolean, opened: (link: Link | undefined) => void): Promise<void> {
    const { token, failed } = this.#dependencies;
    let link: Link | undefined;
    try {
      const protocols = token ? ['switchboard', await token()] : [];
      if (!isWanted()) return;
      link = new Link(this.#address(), protocols, this.#events, this.#dependencies);
    } catch (error) {
      if (!isWanted()) return;
      failed(error);
    }
    opened(link);
  }

  #address(): string {
    const url = new URL(this.#dependencies.url);
    if (this.resumeToken !== undefined) url.searchParams.set('resume', this.resumeToken);
    return url.href;
  }
}
