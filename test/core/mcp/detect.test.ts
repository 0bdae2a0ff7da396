import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector } from '../../../src/core/mcp/detect.ts';
import { commandLineOf } from '../../../src/core/mcp/programs.ts';
import { buildWorld } from '../../../src/core/world/build.ts';
import { type Sketch, workload, workloadManifest } from '../../support/workload.ts';
import { type Case, detection, ids, judged } from './case.ts';
import { OTHERS } from './others.ts';
import { SERVERS } from './servers.ts';

const said = ([, sketch]: Case): readonly string[] => {
  const judgement = judged(sketch);
  return [judgement.standing, ids(judgement)];
};

describe('detection', () => {
  it.each(SERVERS)('finds %s', (...row) => expect(said(row)).toEqual([row[2], row[3]]));
  it.each(OTHERS)('takes %s for no server', (...row) => expect(said(row)).toEqual([row[2], row[3]]));

  it('says where it found what', () => {
    const sketch: Sketch = {
      called: 'mcp-x',
      labels: { 'mcp-server': 'x' },
      args: ['--transport', 'sse'],
      ports: ['mcp:8000'],
      env: ['A', 'MCP_PORT'],
      probe: '/mcp',
    };
    expect(judged(sketch).evidence.map(({ path, says }) => `${path} ${says}`)).toEqual([
      'spec.template.metadata.labels.mcp-server label of an MCP server that mcp-lifecycle-operator runs: mcp-server=x',
      'spec.template.spec.containers[0].args[0] argument that sets how an MCP server listens: --transport=sse',
      'metadata.name called MCP: mcp-x',
      'spec.template.spec.containers[0].env[1].name variable that sets where an MCP server listens: MCP_PORT',
      'spec.template.spec.containers[0].ports[0].name port named for MCP: mcp',
      'spec.template.spec.containers[0].livenessProbe.httpGet.path probed at the path of MCP over HTTP: /mcp',
      'spec.template.spec.containers[0].ports[0].containerPort port that MCP servers often use: 8000',
    ]);
  });

  it('quotes strangers shortly and without control characters', () => {
    const [evidence] = judged({ labels: { 'mcp-server': `a\n\u001b[31m${'x'.repeat(200)}` } }).evidence;
    expect(evidence?.says).toBe(
      `label of an MCP server that mcp-lifecycle-operator runs: mcp-server=a  [31m${'x'.repeat(62)}…`,
    );
  });
});

describe('configuration', () => {
  const optedOut: Sketch = { image: 'mcp/fetch', labels: { 'chokepoint.dev/mcp-server': 'false' } };

  it('lists an opt-out that is not honoured', () => {
    const judgement = judged(optedOut, [], { honourOptOut: false });
    expect([judgement.standing, ids(judgement)]).toEqual(['detected', 'opt-out-ignored image-docker-catalog']);
    expect(judgement.evidence[0]?.says).toBe(
      'taken out by label: chokepoint.dev/mcp-server=false, which the configuration does not honour',
    );
  });

  it('switches single signals off', () => {
    expect(judged({ image: 'mcp/fetch' }, [], { disabled: new Set(['image-docker-catalog']) }).standing).toBe('no');
  });

  it('switches single exclusions off', () => {
    const inspector: Sketch = { called: 'mcp-inspector', ports: ['8080'] };
    expect(judged(inspector, [], { disabled: new Set(['not-by-role']) }).standing).toBe('suspected');
  });

  it.each([
    ['acme/tools', 'acme/tools:1', 'detected'],
    ['docker.io/acme/tools', 'acme/tools@sha256:00', 'detected'],
    ['registry.example.com:5000/acme/tools', 'registry.example.com:5000/acme/tools', 'detected'],
    ['acme/mcp-gateway', 'acme/mcp-gateway:2', 'detected'],
    ['acme/tools', 'acme/tools-ui:1', 'no'],
    ['acme/tools', 'registry.example.com/acme/tools', 'no'],
  ])('with the image %s takes %s for %s', (configured, image, standing) => {
    expect(judged({ image }, [], { images: [configured] }).standing).toBe(standing);
  });
});

describe('Pods of a controller', () => {
  const pod: Sketch = { kind: 'Pod', called: 'x-1-a', owners: ['apps/v1 ReplicaSet x-1'] };
  const replicaSet = workloadManifest({ kind: 'ReplicaSet', called: 'x-1', owners: ['apps/v1 Deployment x'] });
  const chain = (deployment: Sketch) => [replicaSet, workloadManifest({ called: 'x', ...deployment })];

  it('are what their Deployment declares', () => {
    const judgement = judged(pod, chain({ ownLabels: { 'chokepoint.dev/mcp-server': 'true' } }));
    expect(judgement.standing).toBe('declared');
    expect(judgement.evidence[0]?.object).toEqual({ kind: 'Deployment', namespace: 'default', name: 'x' });
  });

  it('are what the owner of their Deployment makes them', () => {
    expect(judged(pod, chain({ owners: ['kagent.dev/v1alpha1 MCPServer x'] })).standing).toBe('detected');
  });

  it('that own each other in a circle end the search', () => {
    const circle = workloadManifest({ kind: 'ReplicaSet', called: 'x-1', owners: ['apps/v1 ReplicaSet x-1'] });
    expect(judged(pod, [circle]).standing).toBe('no');
  });
});

/** Keys and values that are legal labels or could be written by somebody who tries. */
const strange = fc.constantFrom(
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'x/constructor',
  '',
);
const pairs = fc.dictionary(fc.oneof(strange, fc.string()), fc.oneof(strange, fc.string({ maxLength: 20 })));

describe('strangers', () => {
  const rows = [...SERVERS, ...OTHERS];

  it('never change a standing by labels that mean nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rows), pairs, ([, sketch, standing], extra) => {
        const named = Object.entries(extra).filter(([key, value]) => !`${key}${value}`.toLowerCase().includes('mcp'));
        const labels = Object.fromEntries([...named, ...Object.entries(sketch.labels ?? {})]);
        expect(judged({ ...sketch, labels }).standing).toBe(standing);
      }),
    );
  });

  it('never make it throw by what they write anywhere', () => {
    const word = fc.oneof(
      strange,
      fc.string(),
      fc.constantFrom('sh', '-c', 'npx', '--', '-p', '"', 'mcp', '@', '/', 'exec', 'uv', 'run'),
    );
    const words = fc.array(word, { maxLength: 8 });
    fc.assert(
      fc.property(word, words, words, words, pairs, (image, command, args, env, annotations) => {
        const judgement = judged({ image, command, args, env, annotations, probe: image });
        expect(judgement.evidence.every(({ path, says }) => path !== '' && !says.includes('\n'))).toBe(true);
      }),
    );
  });

  it('cannot slow it down with a long script', () => {
    const script = `${'a;'.repeat(500_000)}${'"'.repeat(500_000)}x`;
    expect(judged({ command: ['sh', '-c', script] }).standing).toBe('suspected');
  });

  it('cannot hide a command in a variable that is too long to be read', () => {
    const value = `${'#'.repeat(128 * 1024)}\nnpx weather-mcp`;
    for (const command of [
      ['sh', '-c', '$RUN'],
      ['sh', '-c', '$(RUN)'],
      ['python', '-c', '$(RUN)'],
    ]) {
      const judgement = judged({ command, env: [`RUN=${value}`] });
      expect([judgement.standing, ids(judgement)]).toEqual(['suspected', 'command-unread']);
    }
  });

  it('cannot fill the memory with variables that double each other', () => {
    const names = Array.from({ length: 60 }, (_, index) => `V${index}`);
    const env = names.map((name, index) => `${name}=${index === 0 ? 'npx' : `$(V${index - 1})$(V${index - 1})`}`);
    expect(judged({ command: ['sh', '-c', '$(V59)'], env }).standing).toBe('suspected');
  });

  it('cannot fill it with many of them, each of which may be long', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `V${index}`);
    const env = names.map((name, index) => `${name}=${index === 0 ? 'npx' : `$(V${index - 1})$(V${index - 1})`}`);
    const { containers } = workload({ command: ['sh', '-c', '$(V999)'], args: names.map(name => `$(${name})`), env });
    const made = containers.flatMap(commandLineOf).reduce((sum, { text }) => sum + text.length, 0);
    // Some 25,000 characters are written.
    expect(made).toBeLessThan(500_000);
  });
});

it('judges every workload of a world with one detector alike', () => {
  const detect = createDetector(detection());
  const subject = workload({ image: 'mcp/fetch' });
  const content = buildWorld([subject]).namespace('default');
  expect(detect(subject, content)).toEqual(detect(subject, content));
});

it('says the same of workloads whose containers are one object, as a cache holds those of many Pods', () => {
  const sketch = (called: string): Sketch => ({
    kind: 'Pod',
    called,
    image: 'mcp/fetch',
    args: ['--transport', 'sse'],
    ports: ['mcp:8000'],
  });
  const [first, second, alone] = [workload(sketch('a')), workload(sketch('mcp-b')), workload(sketch('mcp-b'))];
  const detect = createDetector(detection({}));
  const content = buildWorld([]).namespace('default');
  detect(first, content);
  expect(detect({ ...second, containers: first.containers }, content)).toEqual(
    createDetector(detection({}))(alone, content),
  );
});
