import { DEFAULT_FILE, loadGatePolicy } from '../adapters/config/load.ts';
import { commentOf, gatePolicyText, notSeenLines } from '../app/cidrs/output.ts';
import { type ClassChange, changeLines, planChange } from '../app/cidrs/plan-change.ts';
import type { SeenRanges } from '../app/cidrs/ranges.ts';
import type { CommandSpecific } from './commands.ts';
import { cannotChange, isThere, putText, readText } from './configuration-file.ts';
import type { Io } from './io.ts';
import { problemText } from './terminal-text.ts';

/** A configuration that can be used. */
interface ReadConfiguration {
  readonly text: string;
  readonly changes: readonly ClassChange[];
}

/** What a configuration lacks; `undefined` where it cannot be used, which standard error tells. */
async function planFor(file: string, seen: SeenRanges, io: Io): Promise<ReadConfiguration | undefined> {
  const loaded = await loadGatePolicy({ file, workingFolder: io.workingFolder });
  if (loaded.problems.length > 0) await io.stderr.write(problemText(loaded.problems));
  if (loaded.kind === 'refused') return undefined;
  const { readConfiguredNetworks } = await import('../adapters/config/networks-text.ts');
  const text = await readText(file, io);
  return { text, changes: planChange(seen, readConfiguredNetworks(text)) };
}

/** `--check`: what the configuration lacks, or holds that has gone. 1: something. */
export async function checkRanges(
  seen: SeenRanges,
  { check, write, config }: CommandSpecific['cidrs'],
  io: Io,
): Promise<number> {
  const file = typeof check === 'string' ? check : (write ?? config ?? DEFAULT_FILE);
  const plan = await planFor(file, seen, io);
  if (plan === undefined) return 2;
  await io.stderr.write(notSeenLines(seen));
  const lines = plan.changes.flatMap(changeLines);
  await io.stdout.write(
    lines.length === 0
      ? `${file} holds the ranges of ${seen.subject}\n`
      : `${file} has drifted from ${seen.subject}:\n${lines.map(line => `${line}\n`).join('')}`,
  );
  return lines.length === 0 ? 0 : 1;
}

/** The text of the file with what was seen; `undefined` where its configuration cannot be used. */
async function writtenText(file: string, seen: SeenRanges, io: Io): Promise<ReadConfiguration | undefined> {
  const plan = await planFor(file, seen, io);
  if (plan === undefined || plan.changes.length === 0) return plan;
  const { changeNetworks } = await import('../adapters/config/networks-text.ts');
  const text = changeNetworks(plan.text, plan.changes, range => commentOf(seen, range));
  if (text !== undefined) return { ...plan, text };
  throw cannotChange(file, 'what --check prints');
}

/** `--write`: puts what is lacking into the configuration, and makes one where there is none. */
export async function writeRanges(seen: SeenRanges, file: string, io: Io): Promise<number> {
  if (!isThere(file, io)) {
    await putText(file, gatePolicyText(seen), io);
    await io.stdout.write(`${file} is written\n`);
  } else {
    const written = await writtenText(file, seen, io);
    if (written === undefined) return 2;
    if (written.changes.length > 0) await putText(file, written.text, io);
    const lines = written.changes.flatMap(changeLines);
    await io.stdout.write(lines.length === 0 ? `${file} is up to date\n` : lines.map(line => `${line}\n`).join(''));
  }
  await io.stderr.write(notSeenLines(seen));
  return 0;
}
