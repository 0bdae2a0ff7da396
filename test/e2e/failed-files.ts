import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** What is read of the report that Vitest's reporter `json` writes. */
interface Report {
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  /** The file's path, absolute. */
  readonly name: string;
  readonly status: string;
  /** Why no test of the file ran; absent or empty: they ran. */
  readonly message?: string;
  readonly assertionResults: readonly TestCase[];
}

interface TestCase {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

/** A test file that failed. */
export interface FailedFile {
  /** From the root of the checkout. */
  readonly path: string;
  /** Each test that failed, and why, in the order of the file. */
  readonly failures: readonly string[];
}

/** Lines of one failure that are told: the message and where it was; the whole is in the lane's own output. */
const LINES = 12;

const firstLines = (text: string): string => text.split('\n').slice(0, LINES).join('\n');

function failuresOf({ message, assertionResults }: TestFile): readonly string[] {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const told = failed.map(one => `${one.fullName}\n${firstLines((one.failureMessages ?? []).join('\n'))}`);
  return message ? [firstLines(message), ...told] : told;
}

/** The files that a report names as failed. Undefined: nothing was written, since the run did not come to its end. */
export function failedFiles(reportPath: string): readonly FailedFile[] | undefined {
  if (!existsSync(reportPath)) return undefined;
  const { testResults } = JSON.parse(readFileSync(reportPath, 'utf8')) as Report;
  return testResults
    .filter(({ status }) => status === 'failed')
    .map(file => ({ path: relative(process.cwd(), file.name), failures: failuresOf(file) }));
}
