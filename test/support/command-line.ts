import type { CommandSpecific } from '../../src/cli/commands.ts';
import type { Io, Output } from '../../src/cli/io.ts';
import { allCommands, createProgram } from '../../src/cli/program.ts';

/** What `serve` and `controller` are given by a command line. Throws where it is refused. */
export async function parsedServer(
  args: readonly string[],
): Promise<CommandSpecific['serve'] | CommandSpecific['controller']> {
  let taken: CommandSpecific['serve'] | CommandSpecific['controller'] | undefined;
  const take = async (options: NonNullable<typeof taken>): Promise<number> => {
    taken = options;
    return 0;
  };
  const output: Output = { isTerminal: () => false, isClosed: () => false, write: async () => undefined };
  const io: Io = {
    stdout: output,
    stderr: output,
    isColoured: false,
    workingFolder: '/',
    env: {},
    home: '/',
    today: () => '2026-01-01',
    ask: async () => undefined,
    interrupted: () => new AbortController().signal,
    readStdin: async () => Buffer.alloc(0),
    readPieces: async function* () {},
  };
  const program = createProgram(
    io,
    { serve: take, controller: take, recorder: async () => 0, dashboard: async () => 0, demo: async () => 0 },
    () => undefined,
  );
  for (const command of allCommands(program)) command.exitOverride();
  await program.parseAsync(args, { from: 'user' });
  if (taken === undefined) throw new Error(`no server is started by ${args.join(' ')}`);
  return taken;
}
