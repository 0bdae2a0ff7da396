import { type At, at, type Fields, fitted, own, type Reading } from './reading.ts';
import type { Labels, Meta, OwnerRef } from './types.ts';

const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Whether the API server takes it for the name of an object. */
export const isObjectName = (text: string): boolean => DNS_SUBDOMAIN.test(text);

/** Where `metadata` stands. */
export const METADATA: At = at(undefined, 'metadata');

function decodeOwners(metadata: Fields, reading: Reading): readonly OwnerRef[] {
  const place = at(METADATA, 'ownerReferences');
  const owners = reading.list(metadata, 'ownerReferences', METADATA).flatMap((item, index) => {
    const owner = reading.fields(item, at(place, index));
    if (owner === undefined) return [];
    return {
      apiVersion: reading.string(owner, 'apiVersion', at(place, index)) ?? '',
      kind: reading.string(owner, 'kind', at(place, index)) ?? '',
      name: reading.string(owner, 'name', at(place, index)) ?? '',
      uid: reading.string(owner, 'uid', at(place, index)) ?? '',
      controller: own(owner, 'controller') === true,
    };
  });
  return fitted(owners);
}

/**
 * Object metadata. A namespaced object without a namespace is in `default`, as kubectl puts it there;
 * a name is required unless there is a generateName.
 */
export function decodeMeta(fields: Fields, reading: Reading, scope: 'namespaced' | 'cluster'): Meta {
  const metadata = reading.object(fields, 'metadata', undefined) ?? {};
  const name = reading.string(metadata, 'name', METADATA) ?? '';
  const generateName = reading.string(metadata, 'generateName', METADATA) ?? '';
  if (name === '' && generateName === '') reading.error('no-name', at(METADATA, 'name'), 'a name is required');
  if (name !== '' && !isObjectName(name)) {
    reading.error(
      'invalid-name',
      at(METADATA, 'name'),
      `"${name}" is no DNS subdomain name: the API server refuses it`,
    );
  }
  const namespace = reading.string(metadata, 'namespace', METADATA) || 'default';
  return {
    namespace: scope === 'cluster' ? '' : namespace,
    name,
    generateName,
    uid: reading.string(metadata, 'uid', METADATA) ?? '',
    resourceVersion: reading.string(metadata, 'resourceVersion', METADATA) ?? '',
    labels: reading.labels(metadata, 'labels', METADATA),
    annotations: reading.labels(metadata, 'annotations', METADATA),
    owners: decodeOwners(metadata, reading),
    terminating: own(metadata, 'deletionTimestamp') !== undefined,
    size: 0,
  };
}

/** Labels with one pair set. */
export function withLabel(labels: Labels, key: string, value: string): Labels {
  return new Map([...labels, [key, value]]);
}
