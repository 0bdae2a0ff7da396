import type { ObjectRef } from '../kube/types.ts';

const PREFIX = 'chokepoint-';
/** A policy's name may have 253 characters; other tools copy it into labels, which take 63. */
const MAX_LENGTH = 63;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** FNV-1a, 32 bits, over UTF-16 units, as 8 hexadecimal digits: tells names apart, protects nothing. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A DNS subdomain (RFC 1123) of at most 63 characters: `chokepoint-<name>`. A name that does not fit is cut, and bears a hash of the whole. */
export function policyName(name: string): string {
  const whole = `${PREFIX}${name}`;
  if (whole.length <= MAX_LENGTH && SUBDOMAIN.test(whole)) return whole;
  const hash = hashOf(name);
  const plain = whole.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${plain.slice(0, MAX_LENGTH - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** Another name where the usual one is taken in the namespace: nothing that is there may be replaced. */
export function freeName(usual: string, subject: ObjectRef, isTaken: (name: string) => boolean): string {
  if (!isTaken(usual)) return usual;
  const stem = `${subject.name}-${subject.kind.toLowerCase()}`;
  for (let count = 1; ; count += 1) {
    const name = policyName(count === 1 ? stem : `${stem}-${count}`);
    if (!isTaken(name)) return name;
  }
}
