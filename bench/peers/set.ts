import { type GeneratedObject, generateObjects, type ManifestShape } from '../generate.ts';

/** Of this many servers one has no policy at all, which is what the other checkers look for. */
const WITHOUT_SHARE = 20;

/** The fault of a server that no policy of its namespace selects. */
export const NO_POLICY = 'no policy';

export interface PeerSet {
  readonly objects: readonly GeneratedObject[];
  /** Each server, by `namespace/name`, and what leaves it open; absent: its policy closes it. */
  readonly servers: ReadonlyMap<string, string | undefined>;
}

const placeOf = ({ namespace, name }: GeneratedObject): string => `${namespace}/${name}`;

/** The set of the benchmark with its files in one folder, and without the policy of each twentieth server. What is open is known from how it was made. */
export function peerSet(shape: ManifestShape): PeerSet {
  const all = [...generateObjects(shape)].map(object => ({ ...object, file: object.file.replaceAll('/', '-') }));
  const servers = all.filter(({ role }) => role === 'server').map(placeOf);
  const bare = new Set(servers.filter((_, index) => index % WITHOUT_SHARE === 0));
  const objects = all.filter(object => object.role !== 'policy' || !bare.has(placeOf(object)));
  const policies = new Map(objects.filter(({ role }) => role === 'policy').map(policy => [placeOf(policy), policy]));
  return { objects, servers: new Map(servers.map(server => [server, faultOf(policies.get(server))])) };
}

const faultOf = (policy: GeneratedObject | undefined): string | undefined =>
  policy === undefined ? NO_POLICY : policy.fault;
