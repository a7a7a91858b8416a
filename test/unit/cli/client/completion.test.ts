import { completionsOf } from '../../../../cli/client/completion';

const toolNames = async () => ['add', 'add_all', 'search'];

describe('the Tab key', () => {
  it.each<[line: string, choices: string[], part: string]>([
    ['/st', ['/stream '], '/st'],
    ['/nothing', [], '/nothing'],
    ['/tool ad', ['add ', 'add_all '], 'ad'],
    ['/tool ', ['add ', 'add_all ', 'search '], ''],
    ['/tool add {"a"', [], '/tool add {"a"'],
    ['/stream o', ['on ', 'off '], 'o'],
    ['/ping x', [], 'x'],
    ['hello', [], 'hello'],
    ['', [], ''],
  ])('after %j offers %j', async (line, choices, part) => {
    expect(await completionsOf(line, toolNames)).toEqual([choices, part]);
  });

  it('after / offers all commands', async () => {
    const [choices] = await completionsOf('/', toolNames);
    expect(choices).toEqual(expect.arrayContaining(['/tool ', '/quit ']));
  });

  it('offers tools only where a tool name may stand', async () => {
    const asked = jest.fn(toolNames);
    await completionsOf('/to', asked);
    await completionsOf('hello', asked);
    expect(asked).not.toHaveBeenCalled();
  });
});
