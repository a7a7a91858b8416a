/** Who answers chat messages. Replace the echo by whatever the team runs: a model, a queue to people, rules. */

export interface ChatRequest {
  clientId: string;
  content: string;
  /** As the client gave it; `user` where it gave none. */
  role: string;
}

export interface Responder {
  /** Named in every `chat_response`. */
  model: string;
  /** The answer's content. On AWS a reply can take 29 seconds at most, the platform's limit. */
  respond(request: ChatRequest): Promise<string>;
}

export const echo: Responder = {
  model: 'echo',
  respond: async ({ content }) => `Echo: ${content}`,
};
