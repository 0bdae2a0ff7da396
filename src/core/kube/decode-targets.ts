import { decodeSelector } from './decode-selector.ts';
import { GATEWAY_API, type Target } from './gateway-fact.ts';
import { type At, at, type Fields, own, type Reading } from './reading.ts';
import type { Selector } from './types.ts';

export const SPEC: At = at(undefined, 'spec');

function namedTarget(fields: Fields, place: At, reading: Reading): Target {
  const name = reading.string(fields, 'name', place);
  if (name === undefined) reading.error('required', at(place, 'name'), 'is required');
  return {
    group: reading.string(fields, 'group', place) ?? GATEWAY_API,
    kind: reading.string(fields, 'kind', place) ?? '',
    which: { name: name ?? '' },
    section: reading.string(fields, 'sectionName', place) ?? '',
    namespaces: 'own',
  };
}

const selectorIn = (fields: Fields, place: At, reading: Reading): Selector => {
  const { matchLabels, matchExpressions } = {
    matchLabels: own(fields, 'matchLabels'),
    matchExpressions: own(fields, 'matchExpressions'),
  };
  return decodeSelector({ matchLabels, matchExpressions }, place, reading);
};

function selectingTarget(fields: Fields, place: At, reading: Reading): Target {
  const namespaces = reading.object(fields, 'namespaces', place);
  const from = namespaces && reading.string(namespaces, 'from', at(place, 'namespaces'));
  return {
    group: reading.string(fields, 'group', place) ?? GATEWAY_API,
    kind: reading.string(fields, 'kind', place) ?? '',
    which: { labels: selectorIn(fields, place, reading) },
    section: reading.string(fields, 'sectionName', place) ?? '',
    namespaces: from === undefined || from === 'Same' ? 'own' : 'any',
  };
}

/** `targetRef`, `targetRefs` and `targetSelectors` of a policy (GEP-713), whichever of them its kind has. */
export function readTargets(spec: Fields, reading: Reading): readonly Target[] {
  const one = reading.object(spec, 'targetRef', SPEC);
  return [
    ...(one === undefined ? [] : [namedTarget(one, at(SPEC, 'targetRef'), reading)]),
    ...reading.objects(spec, 'targetRefs', SPEC).map(([fields, place]) => namedTarget(fields, place, reading)),
    ...reading.objects(spec, 'targetSelectors', SPEC).map(([fields, place]) => selectingTarget(fields, place, reading)),
  ];
}
