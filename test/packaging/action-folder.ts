import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A new folder for one run of the action; its workspace is the folder `workspace` in it. */
export interface ActionFolder {
  readonly folder: string;
  write(name: string, text: string, mode?: number): void;
  /** Whether a shell has read text as the command `touch owned` somewhere in it. */
  isOwned(): boolean;
  remove(): void;
}

export function actionFolder(): ActionFolder {
  const folder = mkdtempSync(join(tmpdir(), 'chokepoint-action-'));
  return {
    folder,
    write: (name, text, mode = 0o644) => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
    },
    isOwned: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(name => name.endsWith('owned')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
