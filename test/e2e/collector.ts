import { realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SYSTEM } from './gate.ts';

/** Where recorders ship the record to, and an installation whose recorders do. */

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

/** A collector of lines. */
export interface Collector {
  readonly lines: readonly string[];
  readonly url: string;
  readonly stop: () => void;
}

export function startCollector(): Promise<Collector> {
  const lines: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      lines.push(...Buffer.concat(pieces).toString().trim().split('\n'));
      response.end();
    });
  });
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ lines, url: `http://127.0.0.1:${port}/`, stop });
    }),
  );
}

/** A kustomization in a folder: the base with the component `record`, and further ones, whose recorders ship to the collector, and notify as is said. */
export function withRecord(
  folder: string,
  { url, notifications }: Pick<Collector, 'url'> & { readonly notifications?: object },
  ...components: readonly string[]
): string {
  const sinks = [
    { name: 'output', stdout: {} },
    { name: 'siem', http: { url } },
  ];
  const configuration = {
    ...{ apiVersion: 'chokepoint.dev/v1alpha1', kind: 'RecorderConfig', metadata: { name: 'default' } },
    spec: { sinks, ...(notifications && { notifications }) },
  };
  const patch = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'chokepoint-recorder', namespace: SYSTEM },
    data: { 'recorder.yaml': JSON.stringify(configuration) },
  };
  const place = (name: string): string => join(relative(realpathSync(folder), MANIFESTS), name);
  return JSON.stringify({
    resources: [place('base')],
    components: ['record', ...components].map(name => place(`components/${name}`)),
    patches: [{ patch: JSON.stringify(patch) }],
  });
}
