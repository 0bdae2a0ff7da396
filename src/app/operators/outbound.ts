import { type Fields, fieldsAt, isFields, own } from '../../core/kube/reading.ts';

/** Hosts and ports that a profile lets out to. */
export interface Outbound {
  /** It lets out to everything. */
  readonly isEverything: boolean;
  readonly hosts: readonly string[];
  /** Of TCP. Empty: all. */
  readonly ports: readonly number[];
}

const EVERYTHING: Outbound = { isEverything: true, hosts: [], ports: [] };
const NOTHING: Outbound = { isEverything: false, hosts: [], ports: [] };

/** The profiles that ToolHive has built in. */
export const BUILTIN_PROFILES: ReadonlyMap<string, Outbound> = new Map([
  ['none', NOTHING],
  ['network', EVERYTHING],
]);

/** The first of these keys that is there: objects are written in camel case, profiles in snake case. */
const first = (fields: Fields, ...keys: readonly string[]): unknown =>
  keys.map(key => own(fields, key)).find(value => value !== undefined);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * `network.outbound` of a permission profile of ToolHive. What is of another type than it should be is left out.
 * Source: https://docs.stacklok.com/toolhive/guides-cli/custom-permissions
 */
export function readOutbound(profile: Fields): Outbound {
  const outbound = fieldsAt(fieldsAt(profile, 'network'), 'outbound');
  const hosts = listOf(first(outbound, 'allowHost', 'allow_host'));
  const ports = listOf(first(outbound, 'allowPort', 'allow_port'));
  return {
    isEverything: first(outbound, 'insecureAllowAll', 'insecure_allow_all') === true,
    hosts: hosts.filter(host => typeof host === 'string'),
    ports: ports.filter(port => typeof port === 'number'),
  };
}

/** The same of text in JSON; `undefined`: it is none. */
export function readOutboundText(text: string): Outbound | undefined {
  try {
    const profile: unknown = JSON.parse(text);
    return isFields(profile) ? readOutbound(profile) : undefined;
  } catch {
    return undefined;
  }
}
