import type { ResourceRef, StatusPorts } from '../../../app/custom-resources/keep-statuses.ts';
import type { Time } from '../../../app/time.ts';
import { OWN_GROUP, OWN_VERSION } from '../../../core/kube/own-kinds.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { objectPath, type Resource } from '../client/paths.ts';
import { writtenBy } from './writer.ts';

const RESOURCES: Readonly<Record<ResourceRef['kind'], Resource>> = {
  GatePolicy: { group: OWN_GROUP, version: OWN_VERSION, kind: 'GatePolicy', plural: 'gatepolicies' },
  GateException: { group: OWN_GROUP, version: OWN_VERSION, kind: 'GateException', plural: 'gateexceptions' },
};

/**
 * Writes the conditions of an object by a patch of its status, all of them at once: nobody else writes any. The uid makes it this very object. One
 * that is gone, or was made anew, is left alone.
 */
export function createStatusWriter(client: Client, time: Time): StatusPorts['write'] {
  return async ({ kind, namespace, name, uid }, conditions, signal) => {
    const path = [...objectPath(RESOURCES[kind], namespace, name), 'status'];
    const body = { metadata: { uid }, status: { conditions } };
    const contentType = 'application/merge-patch+json';
    const answer = await requestPatiently(client, time, { method: 'PATCH', path, body, contentType, signal });
    const written = writtenBy(answer);
    // A uid is immutable, so that another one is a conflict (409), or invalid (422).
    const isLeftAlone = ['done', 'absent', 'conflict'].includes(written.kind) || answer.status === 422;
    if (isLeftAlone) return;
    const reason = 'message' in written ? written.message : '';
    const named = namespace === '' ? name : `${namespace}/${name}`;
    throw new GateError('unexpected-answer', `the status of ${kind} ${named} cannot be written: ${reason}`);
  };
}
