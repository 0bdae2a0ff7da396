import { UsageError } from '../usage.ts';
import { run } from './release.ts';

/** Folders of which whatever lies in them can come into what is made, also what git does not know or ignores. */
const MADE_OF = ['src', 'packaging', 'policies', 'manifests'];
/** As many are named; the others are counted. */
const NAMED = 5;

/** What a release would hold, or be made by, that is not in the commit: lines of `git status --porcelain`. */
export function changesIn(repository: string): readonly string[] {
  const status = (...args: readonly string[]): readonly string[] =>
    run('git', ['-C', repository, 'status', '--porcelain', ...args])
      .split('\n')
      .filter(line => line !== '');
  const tracked = status('--untracked-files=no');
  return [...new Set([...tracked, ...status('--untracked-files=all', '--ignored', '--', ...MADE_OF)])];
}

/** The commit that the sources are of, which is none where they were changed. Throws then, unless that is allowed. */
export function commitOf(repository: string, mayBeChanged: boolean): string | undefined {
  const changes = changesIn(repository);
  if (changes.length === 0) return run('git', ['-C', repository, 'rev-parse', 'HEAD']).trim();
  if (mayBeChanged) return undefined;
  const more = changes.length > NAMED ? ` and ${changes.length - NAMED} more` : '';
  const named = changes.slice(0, NAMED).map(line => line.trim());
  throw new UsageError(`not in the commit: ${named.join(', ')}${more}; for a try of your own, add --dirty`);
}
