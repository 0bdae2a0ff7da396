import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary folder for programs and inputs. */
export interface Place {
  /** Past every link. */
  readonly path: string;
  write(name: string, text: string): string;
  /** A program of the shell: `text` follows its first line. Returns its path. */
  program(name: string, text: string): string;
  remove(): void;
}

export function temporaryPlace(): Place {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'chokepoint-render-')));
  const write = (name: string, text: string): string => {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  return {
    path,
    write,
    program: (name, text) => {
      const file = write(name, `#!/bin/sh\n${text}\n`);
      chmodSync(file, 0o755);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** What stands for kubectl and kustomize: prints the file `built.txt` of the folder that it is to build. */
export const PRINTS_BUILT = 'exec /bin/cat "$2/built.txt"';
