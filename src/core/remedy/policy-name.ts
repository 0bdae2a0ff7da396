import type { ObjectRef } from '../kube/types.ts';

/**
 * Who writes a policy: the controller, or a person to whom the text of one is given. Their names differ, so that to apply such a text never changes
 * a policy that the controller looks after.
 */
export type PolicyAuthor = 'controller' | 'person';

const NAMES: Readonly<Record<PolicyAuthor, (name: string) => string>> = {
  controller: name => `chokepoint-${name}`,
  person: name => `${name}-gateway-only`,
};

/** A policy's name may have 253 characters; other tools copy it into labels, which take 63. */
const MAX_LENGTH = 63;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** FNV-1a, 32 bits, over UTF-16 units, as 8 hexadecimal digits: tells names apart, protects nothing. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/**
 * A DNS subdomain (RFC 1123) of at most 63 characters: `chokepoint-NAME` or `NAME-gateway-only`. One that does not fit is cut, and bears a hash of
 * the whole name.
 */
export function policyName(name: string, author: PolicyAuthor): string {
  const whole = NAMES[author](name);
  if (whole.length <= MAX_LENGTH && SUBDOMAIN.test(whole)) return whole;
  const hash = hashOf(name);
  const spare = MAX_LENGTH - NAMES[author]('').length - hash.length - 1;
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const kept = plain.slice(0, spare).replace(/^-+|-+$/g, '');
  return NAMES[author](kept === '' ? hash : `${kept}-${hash}`);
}

/** Another name where the usual one is taken in the namespace: nothing that is there may be replaced. */
export function freeName(
  usual: string,
  subject: ObjectRef,
  author: PolicyAuthor,
  isTaken: (name: string) => boolean,
): string {
  if (!isTaken(usual)) return usual;
  const stem = `${subject.name}-${subject.kind.toLowerCase()}`;
  for (let count = 1; ; count += 1) {
    const name = policyName(count === 1 ? stem : `${stem}-${count}`, author);
    if (!isTaken(name)) return name;
  }
}
