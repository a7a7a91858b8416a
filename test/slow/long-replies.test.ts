/** Replies that take longer than API Gateway's 29 seconds. `npm run bench:replies -- --seconds=300` runs one of five minutes. */
import { runLongReply } from '../support/long-reply';

it.concurrent.each([
  ['in memory', false],
  ['--wire', true],
])(
  'a reply of 40 seconds continues after a reconnect, and a cancel closes the model’s connection, %s',
  async (_, wire) => {
    const { isWhole, wentOn, msToClose } = await runLongReply(wire, 40);
    expect({ isWhole, wentOn, isClosed: msToClose >= 0 }).toEqual({ isWhole: true, wentOn: true, isClosed: true });
  },
);
