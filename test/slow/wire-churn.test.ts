import { wireChurn } from '../e2e/wire-churn';

describe('2,000 clients that come and go', () => wireChurn(2_000, 100));
