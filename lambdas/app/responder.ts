/** Answers chat messages: replace this with your model, your service, or people. */
import type { Responder } from '../ports/responder';

export const responder: Responder = {
  model: 'echo',
  inline: true,
  respond: ({ content }) => `Echo: ${content}`,
};
