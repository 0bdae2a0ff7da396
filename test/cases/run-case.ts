import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runIn } from '../cli/run.ts';

/** What is right of an input, as README.md beside this file says. */
interface Expected {
  readonly because: string;
  readonly runs: readonly Run[];
}

interface Run {
  readonly args: readonly string[];
  readonly status: number;
  readonly servers?: Readonly<Record<string, readonly string[]>>;
  readonly says?: readonly string[];
  readonly keepsSilent?: readonly string[];
  readonly leaves?: Readonly<Record<string, string>>;
}

interface Report {
  readonly servers: readonly {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
    readonly verdict: string;
    readonly findings: readonly { readonly rule: string }[];
  }[];
}

type Environment = Readonly<Record<string, string>>;

const serversOf = (report: string): Record<string, readonly string[]> =>
  Object.fromEntries(
    (JSON.parse(report) as Report).servers.map(({ namespace, kind, name, verdict, findings }) => [
      `${namespace}/${kind}/${name}`,
      [verdict, ...new Set(findings.map(({ rule }) => rule).sort())],
    ]),
  );

async function holds(folder: string, { args, status, ...run }: Run, env: Environment): Promise<void> {
  if (run.servers !== undefined) {
    const { stdout } = await runIn(folder, [...args, '--output', 'json'], { env });
    expect(serversOf(stdout)).toEqual(run.servers);
  }
  const { status: ended, stdout, stderr } = await runIn(folder, args, { env });
  const text = `${stdout}${stderr}`;
  for (const part of run.says ?? []) expect(text).toContain(part);
  for (const part of run.keepsSilent ?? []) expect(text).not.toContain(part);
  expect(ended, text).toBe(status);
  for (const [path, part] of Object.entries(run.leaves ?? {}))
    expect(readFileSync(join(folder, path), 'utf8')).toContain(part);
}

/** Tests each case of a folder, with programs on the PATH of the environment and no others. */
export function testCases(place: URL, env: () => Environment): void {
  const cases = fileURLToPath(place);
  const names = readdirSync(cases, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []));
  describe.each(names)('%s', name => {
    const { because, runs } = JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8')) as Expected;

    test.each(runs.map(run => [run.args.join(' '), run] as const))(`${because}: %s`, async (_, run) => {
      const folder = mkdtempSync(join(tmpdir(), 'chokepoint-case-'));
      try {
        cpSync(join(cases, name, 'in'), folder, { recursive: true });
        await holds(folder, run, env());
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
}
