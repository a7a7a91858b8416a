/** Ids of the shape that API Gateway's have, such as `R1kmxc2VNjMCFIA=`. */
import { randomBytes } from 'node:crypto';

/** 88 random bits in base64; one `=` at the end, as there. May hold `/` and `+`: percent-encode it in a path. */
export function gatewayId(): string {
  return randomBytes(11).toString('base64');
}
