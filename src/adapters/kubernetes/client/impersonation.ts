import type { OutgoingHttpHeaders } from 'node:http';
import { type Fields, fieldsAt, own } from '../../../core/kube/reading.ts';
import { badKubeconfig, textAt } from './kubeconfig.ts';

/** HTTP sends bytes, and Node one byte for each character: so that UTF-8 arrives as it is written. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function textsAt(fields: Fields, key: string): readonly string[] {
  const value = own(fields, key) ?? [];
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
  throw badKubeconfig(`"${key}" of the kubeconfig must be a list of strings`);
}

/** Escapes what no name of a header may hold, and `%` itself, as client-go does. */
const escapeName = (key: string): string =>
  asBytes(key).replace(
    /[^!#$&'*+\-.^_`|~0-9A-Za-z]/g,
    byte => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

/**
 * The headers that make a request act as somebody else (`as`, `as-uid`, `as-groups`, `as-user-extra` of a user;
 * kubernetes.io/docs/reference/access-authn-authz/user-impersonation). None where nobody is named.
 * Throws a GateError where the others are there without `as`.
 */
export function impersonationHeaders(user: Fields): OutgoingHttpHeaders {
  const [name, uid] = [textAt(user, 'as'), textAt(user, 'as-uid')];
  const groups = textsAt(user, 'as-groups');
  const extra = fieldsAt(user, 'as-user-extra');
  const extras = Object.keys(extra).map(key => [escapeName(key), textsAt(extra, key).map(asBytes)] as const);
  if (name === '') {
    if (uid === '' && groups.length === 0 && extras.length === 0) return {};
    throw badKubeconfig('"as-uid", "as-groups" and "as-user-extra" need "as"');
  }
  return {
    'impersonate-user': asBytes(name),
    ...(uid !== '' && { 'impersonate-uid': asBytes(uid) }),
    ...(groups.length > 0 && { 'impersonate-group': groups.map(asBytes) }),
    ...Object.fromEntries(extras.map(([key, values]) => [`impersonate-extra-${key.toLowerCase()}`, values])),
  };
}
