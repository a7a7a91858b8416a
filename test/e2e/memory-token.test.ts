import { memoryServer } from './memory-server';

describe('the local server, AUTH=token', () => memoryServer('token'));
