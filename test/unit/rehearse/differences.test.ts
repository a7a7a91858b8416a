import { readFileSync } from 'node:fs';
import { patchDifferences } from '../../../scripts/rehearse/differences';

describe('the patches of the stand-in', () => {
  it('are those that a difference asks for', () => {
    const module = readFileSync('scripts/rehearse/stand_in.py', 'utf8');
    const [, names = ''] = /^PATCHES = .* for patch in \((.*)\)\}$/m.exec(module) ?? [];
    expect(names.split(', ')).toEqual(patchDifferences.map(({ patch }) => patch));
  });
});
