/** What an SDK client is made with. On Lambda it finds region, credentials and address by itself; `npm start -- --wire` says them. */
export interface ClientOptions {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Names the caller in the user agent of each call, and so in CloudTrail. */
  userAgentAppId?: string;
  endpoint?: string;
}
