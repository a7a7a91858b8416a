/** The tools that clients can call. */
import { add } from './add';
import { currentTime } from './current-time';
import type { Tool } from './tool';

export const tools: readonly Tool[] = [currentTime, add];
