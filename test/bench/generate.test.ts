import { describe, expect, it } from 'vitest';
import { generateManifests } from '../../bench/generate.ts';
import { readManifests } from '../../src/adapters/files/read.ts';
import { splitDocuments } from '../../src/adapters/yaml/documents.ts';
import { folder } from '../adapters/files/folder.ts';

describe('generateManifests', () => {
  it('gives a third servers and a third policies of theirs', () => {
    const files = [...generateManifests({ objects: 999, files: 328, seed: 1 })];
    const documents = files.flatMap(([, text]) => splitDocuments(text).map(document => document.text));
    const servers = documents.filter(text => /kind: Deployment/.test(text) && /- name: mcp$/m.test(text));
    const policies = documents.filter(text => /kind: NetworkPolicy/.test(text));
    expect([files.length, documents.length, servers.length]).toEqual([328, 999, 333]);
    expect(policies.length).toBeGreaterThan(333);
  });

  it('gives the same for the same seed and other manifests for another', () => {
    const text = (seed: number) => [...generateManifests({ objects: 30, files: 10, seed })].join('\n');
    expect(text(1)).toBe(text(1));
    expect(text(1)).not.toBe(text(2));
  });

  it('gives manifests that can be read', async () => {
    const root = await folder(Object.fromEntries(generateManifests({ objects: 100, files: 30, seed: 1 })));
    const { manifests, problems, files } = await readManifests([root], { stdin: async () => Buffer.alloc(0) });
    expect([manifests.length, files, problems]).toEqual([100, 30, []]);
  });
});
