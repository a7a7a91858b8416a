/** Everything measured in a run, with medians, spreads and ratios. */
import type { MeasureName } from './measures';
import type { TargetName } from './targets/targets';

export interface Reading {
  measure: MeasureName;
  target: TargetName;
  connections: number;
  round: number;
  value: number;
}

/** A figure over all rounds. */
export interface Figure {
  median: number;
  least: number;
  most: number;
}

export class Readings {
  constructor(readonly all: Reading[] = []) {}

  add(reading: Reading): void {
    this.all.push(reading);
  }

  /** Undefined if nothing was measured. */
  figure(measure: MeasureName, target: TargetName, connections: number): Figure | undefined {
    return figureOf([...this.#byRound(measure, target, connections).values()]);
  }

  /** One target's value divided by another's, round by round: what slowed down a round slowed down both. */
  ratio(measure: MeasureName, target: TargetName, to: TargetName, connections: number): Figure | undefined {
    const others = this.#byRound(measure, to, connections);
    const ratios: number[] = [];
    for (const [round, value] of this.#byRound(measure, target, connections)) {
      const other = others.get(round);
      if (other !== undefined) ratios.push(value / other);
    }
    return figureOf(ratios);
  }

  /** The numbers of connections at which a figure was measured, increasing. */
  connectionsOf(measure: MeasureName): number[] {
    const found = new Set(this.all.filter((reading) => reading.measure === measure).map((each) => each.connections));
    return [...found].toSorted((one, other) => one - other);
  }

  #byRound(measure: MeasureName, target: TargetName, connections: number): Map<number, number> {
    const matching = this.all.filter(
      (reading) => reading.measure === measure && reading.target === target && reading.connections === connections,
    );
    return new Map(matching.map(({ round, value }) => [round, value]));
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : mean(sorted.slice(middle - 1, middle + 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function figureOf(values: readonly number[]): Figure | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
