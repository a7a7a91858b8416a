/**
 * What a team edits: this folder, and nothing else has to change. The gate stays green whatever stands here: tests bring an app
 * of their own.
 */
import type { App } from '../ports/app';
import { messageTypes } from './message-types';
import { responder } from './responder';
import { settings } from './settings';
import { tools } from './tools';

export const app: App = { responder, tools, messageTypes, settings };
