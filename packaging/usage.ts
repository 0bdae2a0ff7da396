import { messageOf } from '../src/errors.ts';

/** What was given cannot be worked with: it is told in one line, and the exit status is 2. */
export class UsageError extends Error {}

/** Returns what a function returns, or says by a UsageError that what was given is not what it needs. `what`: as it was given. */
export function expectGood<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${what}: ${messageOf(error).split('\n')[0]}`);
  }
}

/** An error of `parseArgs` is one too. */
const isUsageError = (error: unknown): boolean =>
  error instanceof UsageError ||
  (error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS_/.test(`${error.code}`));

/** Runs a command to its end. What it returns is the exit status. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!isUsageError(error)) throw error;
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 2;
  }
}
