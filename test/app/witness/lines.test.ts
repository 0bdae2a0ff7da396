import { expect, test } from 'vitest';
import { HASHING } from '../../../src/adapters/record/hashing.ts';
import { readLineEvents } from '../../../src/app/notify/line-events.ts';
import { createTrailLines } from '../../../src/app/witness/lines.ts';
import type { Fields } from '../../../src/core/kube/reading.ts';
import { namespace, worldOf } from '../../support/reviews.ts';

function linesOver(digests: (string | undefined)[], isLeader = true) {
  const lines: Fields[] = [];
  const written = createTrailLines({
    append: members => {
      const fields = [...members].map(([key, text]) => `"${key}":${text}`).join(',');
      lines.push(JSON.parse(`{${fields}}`) as Fields);
    },
    hashing: HASHING,
    time: () => '2026-01-02T03:04:05.678Z',
    world: () => ({
      kind: 'ready',
      world: worldOf(namespace({}, { annotations: { 'chokepoint.dev/notify': 'team' } })),
    }),
    isLeader: () => isLeader,
    configuration: { name: 'gate.yaml', digest: () => digests.shift(), trouble: () => 'spec.mode: must be one of' },
  });
  const events = (): readonly string[] =>
    lines
      .flatMap(line => readLineEvents({ ...line, writer: 'a', seq: 1 }, () => 7))
      .map(event => `${event.kind} ${event.subject.kind}/${event.subject.name}: ${event.details.join('; ')}`);
  return { lines, written, events };
}

test('The file that configures the gate is on record when it is another one, with what it was, and people are told', () => {
  const { lines, written, events } = linesOver(['a', 'b', 'b', 'c', undefined]);
  written.configuration(true);
  written.configuration(true);
  written.configuration(false);
  written.configuration(false);
  expect(lines).toEqual([
    expect.objectContaining({ type: 'configuration', source: 'gate.yaml', before: 'a', after: 'b', inForce: true }),
    expect.objectContaining({ before: 'b', after: 'c', inForce: false, note: 'spec.mode: must be one of' }),
    expect.objectContaining({ before: 'c', inForce: false }),
  ]);
  expect(lines[2]).not.toHaveProperty('after');
  expect(events().slice(0, 2)).toEqual([
    'configurationChanged GatePolicy/gate.yaml: the gate goes by it now',
    'configurationChanged GatePolicy/gate.yaml: it cannot be used, and the last good one holds: spec.mode: must be one of',
  ]);
});

test('The process that leads alone puts it there', () => {
  const { lines, written } = linesOver(['a', 'b'], false);
  written.configuration(true);
  expect(lines).toEqual([]);
});

test('What comes about in a rollout is on record, and people are told of what its label does not say', () => {
  const { lines, written, events } = linesOver([]);
  const told = { kind: 'tell', namespace: 'shop', uid: 'u', stage: 'enforce' } as const;
  written.rollout({ ...told, reason: 'StageRaised', by: 'controller', note: 'raised' });
  written.rollout({ ...told, reason: 'RolloutHeld', by: undefined, note: '2 findings are open' });
  expect(lines).toMatchObject([
    {
      type: 'rollout',
      reason: 'StageRaised',
      mode: 'enforce',
      by: 'controller',
      object: { kind: 'Namespace', name: 'shop' },
    },
    { type: 'rollout', reason: 'RolloutHeld', note: '2 findings are open' },
  ]);
  expect(events()).toEqual(['rolloutHeld Namespace/shop: 2 findings are open']);
});

test('A server that is not ready is on record with whom its namespace wants told, and so is when it is again', () => {
  const { lines, written, events } = linesOver([]);
  const object = { kind: 'Deployment', namespace: 'prod', name: 'weather', uid: 'u' };
  for (const isReady of [false, true]) written.readiness({ isReady, apiVersion: 'apps/v1', object, sinceMs: 0 });
  expect(lines[0]).toMatchObject({
    ...{ type: 'readiness', ready: false, since: '1970-01-01T00:00:00.000Z', notify: 'team' },
    servers: [{ kind: 'Deployment', namespace: 'prod', name: 'weather' }],
  });
  expect(events()).toEqual([
    'notReady Deployment/weather: since 1970-01-01T00:00:00.000Z',
    'ready Deployment/weather: since 1970-01-01T00:00:00.000Z',
  ]);
});
