/** All texts of the console, in two languages. */
import { en, type StringKey } from './strings-en';
import { zh } from './strings-zh';

export type { StringKey };
export const STRINGS = { en, zh };
export type Language = keyof typeof STRINGS;
