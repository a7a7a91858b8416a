/** Why there is nothing to rehearse on: what the stand-in needs can't be had on this machine. */
import { CommandError } from './command';

export class NotAvailable extends Error {
  override readonly name = 'NotAvailable';
}

/** @throws NotAvailable in place of a command's failure */
export async function orNotAvailable<Result>(what: string, command: Promise<Result>): Promise<Result> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandError) throw new NotAvailable(`${what}: ${error.message}`);
    throw error;
  }
}
