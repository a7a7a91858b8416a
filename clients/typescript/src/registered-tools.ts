/** The tools of this client. The server keeps them, unless it lost the client: then they are registered again (R67). */
import type { Requests } from './requests';
import type { SendOptions, ToolDescription } from './types';

export class RegisteredTools {
  #tools: readonly ToolDescription[] | undefined;
  /** The client that they were registered for on the server. */
  #owner: string | undefined;
  readonly #requests: Requests;
  readonly #currentOwner: () => string;
  readonly #failed: (error: unknown) => void;

  /** @param currentOwner  changes if the server no longer knows this client */
  constructor(requests: Requests, currentOwner: () => string, failed: (error: unknown) => void) {
    this.#requests = requests;
    this.#currentOwner = currentOwner;
    this.#failed = failed;
  }

  async register(tools: readonly ToolDescription[], options: SendOptions): Promise<void> {
    await this.#requests.registerTools(tools, options);
    this.#tools = tools;
    this.#owner = this.#currentOwner();
  }

  /** Call it after a reconnect. */
  renew(): void {
    if (!this.#tools || this.#owner === this.#currentOwner()) return;
    this.register(this.#tools, {}).catch((error) => {
      if (error.code !== 'closed') this.#failed(error);
    });
  }
}
