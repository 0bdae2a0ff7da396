import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';

/** Where programs may come from. */
export interface ProgramPlaces {
  /** PATH as the process has it; `undefined`: none. Relative and empty entries are passed over: they lead to where the process happens to stand. */
  readonly path: string | undefined;
  /** Folders of which no program is taken, whatever PATH says: the working folder and the input, which are a stranger's. */
  readonly foreign: readonly string[];
}

export type FoundProgram =
  /** `path`: absolute. */
  | { readonly kind: 'found'; readonly name: string; readonly path: string }
  /** `refused`: a program of the name that stands in a foreign folder, if there is one. */
  | { readonly kind: 'none'; readonly refused?: string };

const EXTENSIONS = process.platform === 'win32' ? ['.exe'] : [''];

/** The absolute folders of a PATH, in order. */
export function absoluteFolders(path: string | undefined): readonly string[] {
  return (path ?? '').split(delimiter).filter(folder => folder !== '' && isAbsolute(folder));
}

function realFolder(folder: string): string | undefined {
  try {
    const real = realpathSync(folder);
    const own = statSync(real).isDirectory() ? real : join(real, '..');
    // What stands at the root of the file system is no checkout, and every program is below it.
    return own === parse(own).root ? undefined : own;
  } catch {
    return undefined;
  }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path of an executable file past every link; `undefined` where there is none. */
function executableAt(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    const real = realpathSync(path);
    return statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** The first program of PATH that bears the name and stands in no foreign folder, neither itself nor what a link leads to. */
export function findProgram(name: string, { path, foreign }: ProgramPlaces): FoundProgram {
  const closed = foreign.map(folder => realFolder(resolve(folder))).filter(folder => folder !== undefined);
  let refused: string | undefined;
  for (const folder of absoluteFolders(path)) {
    for (const extension of EXTENSIONS) {
      const candidate = join(folder, `${name}${extension}`);
      const real = executableAt(candidate);
      if (real === undefined) continue;
      const places = [candidate, real, join(realFolder(folder) ?? folder, `${name}${extension}`)];
      if (!places.some(place => closed.some(one => isWithin(one, place))))
        return { kind: 'found', name, path: candidate };
      refused ??= candidate;
    }
  }
  return { kind: 'none', ...(refused !== undefined && { refused }) };
}
