/** Enough clients for each way to connect and leave, and for many at once; `test/slow` has more. */
import { wireChurn } from './wire-churn';

describe('200 clients that come and go', () => wireChurn(200, 25));
