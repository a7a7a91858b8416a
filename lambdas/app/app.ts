/**
 * The part that a team edits: nothing outside this folder has to change. The checks pass whatever is here, because tests use their own
 * app.
 */
import type { App } from '../ports/app';
import { messageTypes } from './message-types';
import { responder } from './responder';
import { settings } from './settings';
import { tools } from './tools';

export const app: App = { responder, tools, messageTypes, settings };
