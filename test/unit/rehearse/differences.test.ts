import { readFileSync } from 'node:fs';
import { patchDifferences } from '../../../scripts/rehearse/differences';

describe('the emulator’s patches', () => {
  it('are exactly those that the list of differences requires', () => {
    const module = readFileSync('scripts/rehearse/stand_in.py', 'utf8');
    const [, names = ''] = /^PATCHES = .* for patch in \((.*)\)\}$/m.exec(module) ?? [];
    expect(names.split(', ')).toEqual(patchDifferences.map(({ patch }) => patch));
  });
});
