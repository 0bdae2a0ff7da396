import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PROGRAM, temporaryFolder } from './run.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const COMPLETION = join(folder.path, 'kubectl_complete-chokepoint');
symlinkSync(PROGRAM, COMPLETION);

/** The words that are offered for the last of these, and the directive. */
function complete(...words: readonly string[]): readonly string[] {
  const printed = execFileSync(process.execPath, [COMPLETION, ...words], { encoding: 'utf8' });
  return printed
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t')[0] ?? '');
}

describe('By the name of a completion of a kubectl plugin, the program offers', () => {
  test.each<[what: string, words: readonly string[], offered: readonly string[]]>([
    ['commands', ['sc'], ['scan', ':4']],
    ['options once they are begun', ['scan', '--na'], ['--namespace', ':4']],
    ['the values of an option', ['scan', '--output', 'j'], ['json', 'junit', ':4']],
    ['files for an option that takes one', ['scan', '--config', ''], [':0']],
    ['files where a command takes paths', ['check', 'po'], [':0']],
    ['the words that an argument can be', ['completion', 'f'], ['fish', ':4']],
    ['commands below another', ['audit', 'v'], ['verify', ':4']],
    ['options of a command below another', ['audit', 'verify', '--aft'], ['--after', ':4']],
    ['values of its options', ['audit', 'query', '--output', 'c'], ['csv', ':4']],
    ['files for a command below another', ['audit', 'verify', ''], [':0']],
    ['files after a command that it does not know', ['constructor', ''], [':0']],
  ])('%s', (_, words, offered) => {
    expect(complete(...words)).toEqual(offered);
  });

  test('every command where nothing is typed yet, with what it is for', () => {
    const printed = execFileSync(process.execPath, [COMPLETION, ''], { encoding: 'utf8' });
    expect(printed).toContain('check\tjudge the MCP servers in manifests\n');
    expect(printed.endsWith('\n:4\n')).toBe(true);
  });
});
