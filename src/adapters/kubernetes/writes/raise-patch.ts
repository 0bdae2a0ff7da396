import type { RaiseAction } from '../../../app/rollout/ports.ts';

/** A stage that is written over the label that was seen. */
export type RaisedLabel = Pick<RaiseAction, 'uid' | 'label' | 'to'>;

const LABEL_PATH = '/metadata/labels/chokepoint.dev~1mode';

/**
 * A JSON patch (RFC 6902) that holds for this very Namespace, with its label as it was seen: where either is another one by now the API server refuses
 * it with 422. A label that is absent is tested as null.
 */
export function raisePatch({ uid, label, to }: RaisedLabel) {
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: LABEL_PATH, value: label ?? null },
    { op: 'add', path: LABEL_PATH, value: to },
  ];
}
