import { memoryServer } from './memory-server';

describe('the local server, in memory', () => memoryServer('none'));
