import { describe, expect, test } from 'vitest';
import { krewManifest } from '../../packaging/krew-manifest.ts';

const RELEASE = { version: '1.2.3', uri: 'https://downloads.example/v1.2.3' };
const archive = (name: string) => ({ name, sha256: 'ab'.repeat(32) });

describe("krew's manifest", () => {
  test('tells for each platform where its archive lies, and which file in it is the plugin', () => {
    const archives = [archive('chokepoint-1.2.3-linux-amd64.tar.gz'), archive('chokepoint-1.2.3-darwin-arm64.tar.gz')];
    const platform = (os: string, arch: string) => ({
      selector: { matchLabels: { os, arch } },
      uri: `https://downloads.example/v1.2.3/chokepoint-1.2.3-${os}-${arch}.tar.gz`,
      sha256: 'ab'.repeat(32),
      bin: 'kubectl-chokepoint',
    });
    expect(krewManifest({ ...RELEASE, archives })).toMatchObject({
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'chokepoint' },
      spec: {
        version: 'v1.2.3',
        platforms: [platform('darwin', 'arm64'), platform('linux', 'amd64')],
      },
    });
  });

  test('takes a folder with its last slash as well', () => {
    const uri = 'https://downloads.example/';
    const manifest = krewManifest({ ...RELEASE, uri, archives: [archive('chokepoint-1.2.3-linux-amd64.tar.gz')] });
    const { spec } = JSON.parse(JSON.stringify(manifest));
    expect(spec.platforms[0].uri).toBe('https://downloads.example/chokepoint-1.2.3-linux-amd64.tar.gz');
  });

  test.each(['chokepoint.tar.gz', 'chokepoint-1.2.3-windows-amd64.tar.gz', 'chokepoint-1.2.3-linux-amd64.zip'])(
    'is not made of an archive whose name does not tell its platform: %s',
    name => {
      expect(() => krewManifest({ ...RELEASE, archives: [archive(name)] })).toThrow(name);
    },
  );

  test('names no home page where none was given', () => {
    const { spec } = JSON.parse(JSON.stringify(krewManifest({ ...RELEASE, archives: [] })));
    expect(Object.keys(spec)).toEqual(['version', 'shortDescription', 'description', 'platforms']);
    expect(spec.shortDescription.length).toBeLessThan(50);
  });
});
