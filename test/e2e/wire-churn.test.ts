/** Enough clients for each way to come and go, and for many at once; `test/slow` has more. */
import { wireChurn } from './wire-churn';

describe('200 clients that come and go', () => wireChurn(200, 25));
