import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { connect } from '../control-plane/connection.ts';
import { askedVersion, NEWEST, OLDEST } from '../control-plane/versions.ts';

/** `1.36` of `v1.36.3`. */
const minorOf = (gitVersion: string): string => gitVersion.slice(1).split('.', 2).join('.');

describe('versions of Kubernetes', () => {
  let oldest: Cluster;
  let newest: Cluster;
  beforeAll(async () => {
    [oldest, newest] = await Promise.all([startCluster({ version: OLDEST }), startCluster({ version: NEWEST })]);
  });
  afterAll(() => Promise.all([oldest?.stop(), newest?.stop()]));

  test('the oldest and the newest run beside one another, each with its own API server', async () => {
    const versions = [oldest, newest].map(async ({ request }) => (await request('GET', '/version')).body.gitVersion);
    expect((await Promise.all(versions)).map(minorOf)).toEqual([OLDEST, NEWEST]);
  });

  test('the shared cluster is of the version that the environment asks for', async () => {
    const { request } = connect(inject('cluster'));
    const { gitVersion } = (await request('GET', '/version')).body;
    expect(minorOf(gitVersion)).toBe(askedVersion() ?? minorOf(gitVersion));
  });
});
