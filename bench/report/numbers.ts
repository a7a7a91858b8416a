/** Numbers in the report, with as many digits as a measurement justifies. */
import type { Figure } from '../readings';

/** Three significant digits: 123,000, 1,230, 12.3, 1.23. */
export function figure(value: number): string {
  if (value >= 1_000) {
    const step = 10 ** (Math.floor(Math.log10(value)) - 2);
    return (Math.round(value / step) * step).toLocaleString('en');
  }
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** "0.71 (0.69-0.74)": the median and, in parentheses, the minimum and maximum of the rounds. */
export function ratioWithSpread({ median, least, most }: Figure): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}
