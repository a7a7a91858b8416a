/** Secrets of the team's own code, such as the API key of a model. */
export interface Secrets {
  /**
   * @param name  as the deployment or the environment names it, such as `OPENAI_API_KEY`
   * @throws Error where there is no secret of that name
   */
  get(name: string): Promise<string>;
}
