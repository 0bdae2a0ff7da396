import { describe, expect, it } from 'vitest';
import { generateManifests, READING_SHAPE } from '../../bench/generate.ts';
import { readManifests } from '../../src/adapters/files/read.ts';
import { splitDocuments } from '../../src/adapters/yaml/documents.ts';
import { folder } from '../adapters/files/folder.ts';

describe('generateManifests', () => {
  it('gives the shape that reading is measured with', () => {
    const files = [...generateManifests(READING_SHAPE)];
    const bytes = files.reduce((sum, [, text]) => sum + text.length, 0);
    const objects = files.reduce((sum, [, text]) => sum + splitDocuments(text).length, 0);
    expect({ files: files.length, objects, megabytes: (bytes / 1e6).toFixed(1) }).toEqual({
      files: 3_281,
      objects: 10_003,
      megabytes: '8.7',
    });
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
