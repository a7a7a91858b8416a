/** Secrets for the team's own code, such as a model's API key. */
export interface Secrets {
  /**
   * @param name  as in the deployment or the environment, such as `OPENAI_API_KEY`
   * @throws Error if there is no secret with that name
   */
  get(name: string): Promise<string>;
}
