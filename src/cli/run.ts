import { CommanderError } from 'commander';
import { lazily } from '../core/lazily.ts';
import { GateError } from '../errors.ts';
import { bugText, visibleLines } from './bug-text.ts';
import type { Io, Mains, Output } from './io.ts';
import { allCommands, createProgram } from './program.ts';

/** What a command that failed leaves behind: a sentence where the trouble is the user's, a stack where it is ours. */
async function reportFailure(error: unknown, io: Io): Promise<number> {
  if (error instanceof GateError) {
    await io.stderr.write(`chokepoint: ${visibleLines(error.message)}\n`);
    return 2;
  }
  await io.stderr.write(bugText(error));
  return 2;
}

/** Runs one command line (without the names of the runtime and the script). Resolves to the exit status and never rejects. */
export async function runCommandLine(argv: readonly string[], given: Io, mains: Mains): Promise<number> {
  // It ends once it is read, and a command may read its input a second time, as after it has mended files.
  const io: Io = { ...given, readStdin: lazily(() => given.readStdin()) };
  let status = 0;
  const said: { readonly output: Output; readonly text: string }[] = [];
  const finish = (ended: number): void => {
    status = ended;
  };
  const program = createProgram(io, mains, finish, argv[0]);
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: text => void said.push({ output: io.stdout, text }),
      writeErr: text => void said.push({ output: io.stderr, text: visibleLines(text) }),
    });
  }
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      status = 2;
    } else await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Help and version end with 0; everything else that the parser throws is a wrong usage.
    status = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : await reportFailure(error, io);
  }
  try {
    for (const { output, text } of said) await output.write(text);
  } catch (error) {
    status = await reportFailure(error, io);
  }
  return status;
}

/** Tells kubectl the words that can stand for the last of these. Resolves to the exit status and never rejects. */
export async function runCompletion(words: readonly string[], io: Io, mains: Mains): Promise<number> {
  try {
    const { completionOf } = await import('./complete.ts');
    const program = createProgram(io, mains, () => undefined);
    await io.stdout.write(completionOf(program, words));
    return 0;
  } catch (error) {
    return reportFailure(error, io);
  }
}
