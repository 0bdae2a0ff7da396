import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseConnection } from '../../../src/adapters/kubernetes/client/connection.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What a plugin of this kubeconfig is told in KUBERNETES_EXEC_INFO: its token is that text. */
async function toldTo(cluster: string, more: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'));
  try {
    writeFileSync(join(folder, 'ca.crt'), 'authority');
    const script = `cat >&2; printf '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}' $(printf %s "$KUBERNETES_EXEC_INFO" | base64 -w0)`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', script],
      interactiveMode: 'Never',
    };
    const text = `current-context: here
contexts: [{name: here, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: 'https://api.test', ${cluster}}}]
users: [{name: u, user: {exec: ${JSON.stringify({ ...exec, ...JSON.parse(more) })}}}]`;
    writeFileSync(join(folder, 'config'), text);
    const choice = {
      kubeconfig: join(folder, 'config'),
      env: { PATH: process.env.PATH },
      home: folder,
      nowMs: Date.now,
    };
    const { headers } = await (await chooseConnection(choice)).credentials.current();
    return JSON.parse(Buffer.from(String(headers.authorization).slice('Bearer '.length), 'base64').toString());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const about = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };

test('A plugin is told that nobody is there to be asked, and nothing of the cluster', async () => {
  expect(await toldTo('certificate-authority: ca.crt', '{}')).toEqual({ ...about, spec: { interactive: false } });
});

test('A plugin that asks for it is told of the cluster: the authority as data, and its own configuration', async () => {
  const cluster = `certificate-authority: ca.crt, tls-server-name: other, proxy-url: 'http://p:1',
    extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}]`;
  expect(await toldTo(cluster, '{"provideClusterInfo": true}')).toEqual({
    ...about,
    spec: {
      interactive: false,
      cluster: {
        server: 'https://api.test',
        'tls-server-name': 'other',
        'proxy-url': 'http://p:1',
        'certificate-authority-data': base64('authority'),
        config: { audience: 'a' },
      },
    },
  });
});
