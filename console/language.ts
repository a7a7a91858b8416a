/** The page's language, and texts, times and numbers in it. */
import { effect, signal } from '@preact/signals';
import { type Language, STRINGS, type StringKey } from './strings';

const CHOICE = 'switchboard.language';

export const language = signal<Language>(firstLanguage());

/** As chosen before, or the browser's. */
function firstLanguage(): Language {
  const chosen = localStorage.getItem(CHOICE);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function switchLanguage(): void {
  language.value = language.value === 'en' ? 'zh' : 'en';
  localStorage.setItem(CHOICE, language.value);
}

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  document.title = STRINGS[language.value].title;
});

export function t(key: StringKey, values: Record<string, string | number> = {}): string {
  return STRINGS[language.value][key].replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? number(value) : value;
  });
}

const locale = () => (language.value === 'zh' ? 'zh-CN' : 'en');

export function number(value: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `3 minutes ago`. */
export function ago(time: string, now: number): string {
  const past = Math.max(0, now - Date.parse(time));
  const [unit, length] = UNITS.find(([, length]) => past >= length) ?? ['second', 1_000];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(-Math.floor(past / length), unit);
}

/** `2 hr, 5 min`: the two largest units. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return unitOf(Math.round(milliseconds), 'millisecond');
  const first = UNITS.findIndex(([, length]) => milliseconds >= length);
  let rest = milliseconds;
  const parts = UNITS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? '' : unitOf(count, unit);
  });
  return parts.filter(Boolean).join(' ');
}

function unitOf(value: number, unit: string): string {
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}

/** The time of day, with the date if it is not today. */
export function clock(time: string): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), { ...(!isToday && { dateStyle: 'short' }), timeStyle: 'medium' }).format(
    date,
  );
}
