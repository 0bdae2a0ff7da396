import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEnforcedNamespaces } from '../../../src/adapters/config/enforced-namespaces-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-namespaces-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('holds nothing while the file is not there, and what it says once it is', async () => {
  const troubles: string[] = [];
  const file = openEnforcedNamespaces('namespaces.json', folder);
  const stop = file.watch(5, trouble => troubles.push(trouble));
  const write = async (text: string): Promise<void> => {
    const told = troubles.length;
    writeFileSync(join(folder, 'namespaces.json'), text);
    while (troubles.length === told) await sleep(5);
  };
  expect(file.has('prod')).toBe(false);
  await write('{"prod":"2026-11-27"}');
  expect([file.has('prod'), file.has('constructor')]).toEqual([true, false]);
  await write('{"prod":');
  expect(troubles.at(-1)).toBe('namespaces.json is no JSON object of days by namespace');
  expect(file.has('prod')).toBe(true);
  await write('{} ');
  expect([troubles.at(-1), file.has('prod')]).toEqual(['', false]);
  stop();
});
