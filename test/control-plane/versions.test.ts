import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_VERSIONS, moduleOf, NEWEST, OLDEST, parseVersion } from './versions.ts';

describe('The version of Kubernetes', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['1.34', '1.34'],
    ['1.35', '1.35'],
    ['1.36', '1.36'],
  ] as const)('is read from %j as %j', (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });

  it.each(['1.33', 'v1.34', '1.34.4', 'toString'])('is refused as %j, with the choices', text => {
    expect(() => parseVersion(text)).toThrow(
      `KUBERNETES_VERSION is one of 1.34, 1.35, 1.36, not ${JSON.stringify(text)}`,
    );
  });

  it('has its oldest first and its newest last', () => {
    expect([KUBERNETES_VERSIONS[0], KUBERNETES_VERSIONS.at(-1)]).toEqual([OLDEST, NEWEST]);
  });

  it.each(KUBERNETES_VERSIONS)('%s is what its Go module requires', version => {
    const text = readFileSync(join(moduleOf(version), 'go.mod'), 'utf8');
    expect(text).toMatch(new RegExp(`^require k8s\\.io/kubernetes v${version.replace('.', '\\.')}\\.\\d+$`, 'm'));
  });
});
