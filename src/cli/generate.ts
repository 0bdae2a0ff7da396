import type { CommandSpecific } from './commands.ts';
import type { Io } from './io.ts';
export async function runGenerate(_p: readonly string[], _o: CommandSpecific['generate'], _io: Io): Promise<number> {
  return 0;
}
