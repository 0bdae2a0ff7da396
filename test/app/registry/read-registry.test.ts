import { describe, expect, test } from 'vitest';
import { readGatePolicy } from '../../../src/adapters/config/document.ts';
import { readRegistry, registryText } from '../../../src/app/registry/read-registry.ts';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const listed = (packages: readonly object[], meta: object = {}, version = '1.0.0') => ({
  server: { name: 'io.example/one', version, packages },
  _meta: { [OFFICIAL]: { status: 'active', isLatest: true, ...meta } },
});
const oci = (identifier: string, more: object = {}) => ({ registryType: 'oci', identifier, ...more });

describe('an answer of the MCP registry API', () => {
  test.each([
    [
      'an image with a tag',
      oci('docker.io/example/one:2.1.0'),
      { image: 'docker.io/example/one', digest: '', version: '2.1.0' },
    ],
    [
      'an image with a digest',
      oci(`ghcr.io/example/one@${DIGEST}`),
      { image: 'ghcr.io/example/one', digest: DIGEST, version: '1.0.0' },
    ],
    [
      'an image apart from its version and registry',
      oci('example/one', { registryBaseUrl: 'https://docker.io', version: '3' }),
      { image: 'docker.io/example/one', digest: '', version: '3' },
    ],
    [
      'an image with a port',
      oci('registry.example:5000/one:1'),
      { image: 'registry.example:5000/one', digest: '', version: '1' },
    ],
    ['the tag latest', oci('ghcr.io/example/one:latest'), { image: 'ghcr.io/example/one', digest: '', version: '' }],
  ])('has %s', (_, one, entry) => {
    expect(readRegistry({ servers: [listed([one])] })?.servers).toEqual([{ ...entry, status: 'active' }]);
  });

  test.each([
    [
      'npm',
      { registryType: 'npm', identifier: '@example/one', version: '2.0.0' },
      { from: 'npm', name: '@example/one', version: '2.0.0' },
    ],
    [
      'npm, with the version in its name',
      { registryType: 'npm', identifier: '@example/one@2.0.0' },
      { from: 'npm', name: '@example/one', version: '2.0.0' },
    ],
    ['pypi', { registryType: 'pypi', identifier: 'one-mcp' }, { from: 'pypi', name: 'one-mcp', version: '1.0.0' }],
    ['an older form', { registry_type: 'npm', identifier: 'one' }, { from: 'npm', name: 'one', version: '1.0.0' }],
  ])('has a package of %s', (_, one, entry) => {
    expect(readRegistry({ servers: [listed([one])] })?.packages).toEqual([{ ...entry, status: 'active' }]);
  });

  test.each(['deprecated', 'deleted'])('says of a server that it is %s', status => {
    expect(readRegistry({ servers: [listed([oci('a/b:1')], { status })] })?.servers).toMatchObject([{ status }]);
  });

  test('of several versions the latest stands, in whichever order', () => {
    const [old, latest] = [listed([oci('a/b:1')], { isLatest: false }), listed([oci('a/b:2')])];
    for (const servers of [
      [old, latest],
      [latest, old],
    ])
      expect(readRegistry({ servers })?.servers).toMatchObject([{ version: '2' }]);
  });

  const remote = (url: string, meta: object = {}) => ({
    server: { name: 'io.example/remote', remotes: [{ type: 'sse', url }] },
    _meta: { [OFFICIAL]: { status: 'active', ...meta } },
  });

  test.each([
    ['https://example.com/sse', [{ host: 'example.com', port: 443 }]],
    ['http://Example.com/sse', [{ host: 'example.com', port: 80 }]],
    ['https://example.com:8443/mcp', [{ host: 'example.com', port: 8443 }]],
    ['https://[2001:db8::7]/mcp', [{ host: '2001:db8::7', port: 443 }]],
    ['https://{tenant}.example.com/mcp', []],
    ['no address', []],
  ])('has a remote server at %s', (url, remotes) => {
    expect(readRegistry({ servers: [remote(url)] })).toMatchObject({ remotes, passedOver: 1 - remotes.length });
  });

  test('a host is listed once, and not where its server is deleted', () => {
    const servers = [
      remote('https://a.example/1'),
      remote('https://a.example/2'),
      remote('https://b.example/1', { status: 'deleted' }),
    ];
    expect(readRegistry({ servers })?.remotes).toEqual([{ host: 'a.example', port: 443 }]);
  });

  test('what runs nowhere here and has no host is counted', () => {
    const bundle = listed([{ registryType: 'mcpb', identifier: 'https://example.com/one.mcpb' }]);
    const servers = [remote('https://example.com/sse'), bundle, listed([oci('a/b:1')])];
    expect(readRegistry({ servers })?.passedOver).toBe(1);
  });
});

describe('a registry file of ToolHive', () => {
  test('lists images and packages behind a scheme', () => {
    const servers = {
      fetch: { image: 'ghcr.io/stackloklabs/fetch/server:0.0.1', status: 'Active' },
      old: { image: 'docker.io/example/old:1', status: 'Deprecated' },
      time: { image: 'uvx://mcp-server-time@2025.1.1' },
      everything: { image: 'npx://@modelcontextprotocol/server-everything@latest' },
    };
    const remote_servers = { vendor: { url: 'https://mcp.vendor.example/mcp' } };
    expect(readRegistry({ version: '1.0.0', servers, remote_servers })).toEqual({
      servers: [
        { image: 'docker.io/example/old', digest: '', version: '1', status: 'deprecated' },
        { image: 'ghcr.io/stackloklabs/fetch/server', digest: '', version: '0.0.1', status: 'active' },
      ],
      packages: [
        { from: 'npm', name: '@modelcontextprotocol/server-everything', version: '', status: 'active' },
        { from: 'pypi', name: 'mcp-server-time', version: '2025.1.1', status: 'active' },
      ],
      remotes: [{ host: 'mcp.vendor.example', port: 443 }],
      passedOver: 0,
    });
  });

  test('in its newer form lists servers as the MCP registry does', () => {
    expect(
      readRegistry({ data: { servers: [{ name: 'a', version: '1', packages: [oci('a/b:1')] }] } })?.servers,
    ).toMatchObject([{ image: 'a/b', version: '1' }]);
  });
});

test.each([[null], [[]], [{}], [{ servers: 'x' }], ['text'], [{ items: [] }]])('%j is no registry', document => {
  expect(readRegistry(document)).toBeUndefined();
});

test('what is printed of remote servers alone approves them, and asks no approval of what runs in the cluster', () => {
  const at = (url: string) => ({ server: { remotes: [{ url }] } });
  const listing = readRegistry({ servers: [at('https://b.example/mcp'), at('https://a.example:8443/mcp')] });
  expect(listing && registryText(listing, 'me')).toBe(
    'registry:\n  remotes:\n  - {host: "a.example", port: 8443, owner: "me"}\n  - {host: "b.example", owner: "me"}\n',
  );
});

test('what is printed is a registry of a GatePolicy, whatever the names hold', () => {
  const listing = readRegistry({
    servers: [
      listed([oci('a/b:1')], { status: 'deprecated' }),
      listed([{ registryType: 'npm', identifier: '@x/y: {z}', version: '"1"' }]),
    ],
  });
  const text = listing === undefined ? '' : registryText(listing, 'team: "a"');
  const spec = text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n');
  const { policy, problems } = readGatePolicy(
    `apiVersion: chokepoint.dev/v1alpha1\nkind: GatePolicy\nspec:\n${spec}\n`,
    'a.yaml',
  );
  expect(problems).toEqual([]);
  expect(policy?.registry).toMatchObject({
    servers: [{ image: 'a/b', status: 'deprecated', owner: 'team: "a"' }],
    packages: [{ from: 'npm', name: '@x/y: {z}', version: '"1"' }],
  });
});
