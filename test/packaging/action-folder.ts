import { execFileSync } from 'node:child_process';
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

/** Lines of a configuration's `spec` by which a server without policies passes. */
export const LOOSE = `  rules: {ingress-not-isolated: {level: "off"}, egress-not-isolated: {level: "off"}}
`;

/** Files by their paths; what is `undefined` is not there. */
type Files = Readonly<Record<string, string | undefined>>;

/** Makes the workspace a checkout of the branch `head` alone, as pipelines do, whose base commit is only in its origin. Returns that commit. */
export function checkoutOf(
  { folder, write }: ActionFolder,
  { base, head }: { readonly base: Files; readonly head: Files },
): string {
  const origin = join(folder, 'origin');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: origin,
      encoding: 'utf8',
    }).trim();
  const commit = (branch: string, files: Files): string => {
    git('checkout', '--quiet', '-b', branch);
    git('rm', '-rfq', '--ignore-unmatch', '.');
    for (const [name, text] of Object.entries(files)) if (text !== undefined) write(`origin/${name}`, text);
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', branch);
    return git('rev-parse', 'HEAD');
  };
  mkdirSync(origin, { recursive: true });
  git('init', '--quiet');
  const commitOfBase = commit('base', base);
  commit('head', head);
  rmSync(join(folder, 'workspace'), { recursive: true, force: true });
  git('clone', '--quiet', '--depth=1', '--branch=head', `file://${origin}`, join(folder, 'workspace'));
  return commitOfBase;
}
