/** There is nothing to rehearse on: something that the stand-in needs is missing on this machine. */
import { CommandError } from './command';

export class NotAvailable extends Error {
  override readonly name = 'NotAvailable';
}

/**
 * @throws NotAvailable instead of the command's failure
 */
export async function orNotAvailable<Result>(what: string, command: Promise<Result>): Promise<Result> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandError) throw new NotAvailable(`${what}: ${error.message}`);
    throw error;
  }
}
