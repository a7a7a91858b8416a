import { wireChurn } from '../e2e/wire-churn';

describe('1,500 clients that come and go', () => wireChurn(1_500, 40));
