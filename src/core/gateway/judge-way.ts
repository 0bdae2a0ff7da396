import { type Answer, type Answers, answersBy } from '../callers.ts';
import { refText } from '../explain.ts';
import { factKindOf } from '../kube/decode-gateway-fact.ts';
import type { Aspect, NamedObject } from '../kube/gateway-fact.ts';
import type { ObjectRef } from '../kube/types.ts';
import { refOf } from '../world/refs.ts';
import type { World } from '../world/world.ts';
import { type Attached, attachedTo } from './attached.ts';
import { isGoverned } from './classes.ts';
import { demandIn, type Effective, effectiveOf, type Placed } from './effective.ts';
import { factNamed } from './entrance.ts';
import type { Way } from './ways.ts';

/** What nothing says, as a person would ask for it. */
const MISSING: Readonly<Record<Aspect, string>> = {
  authentication: 'no policy asks who the caller is',
  authorization: 'no policy says who may call it',
  log: 'nothing turns an access log on',
};

function answerOf({ demand, object, path, says }: Placed): Answer {
  const state = demand === 'required' ? 'yes' : demand === 'unknown' ? 'unknown' : 'open';
  return { state, object, path, says };
}

/** A nearer policy that says nothing of the matter, and takes away a wider one that does. */
function takenAway({ replaced }: Effective, aspect: Aspect): Answer | undefined {
  const asks = ({ controls }: Attached): boolean =>
    controls.some(one => one.aspect === aspect && one.demand === 'required');
  const one = replaced.find(({ wider }) => asks(wider));
  if (one === undefined) return undefined;
  const says = `${refText(one.by.object)} replaces ${refText(one.wider.object)} as a whole, and says nothing of ${aspect}`;
  return { state: 'open', object: one.by.object, path: 'spec', says };
}

const isRead = ({ group, kind }: NamedObject): boolean => factKindOf(group, kind) !== undefined;

/** What settings of the gateway say; a product that logs unless it is told not to is told nothing by objects that are not there. */
function logOf(way: Way, world: World): Answer | undefined {
  const { family, settings, gateway, unknown } = way.entrance;
  const found = settings.map(named => ({ named, fact: factNamed(world, named) }));
  const at = refOf(gateway ?? way.route);
  const [missing] = found.filter(({ fact }) => fact === undefined);
  const [first] = found.flatMap(({ fact }) => fact?.controls.map(one => ({ ...one, object: refOf(fact) })) ?? []);
  if (first !== undefined) return answerOf(first);
  const { path } = way.entrance.parent;
  if (unknown !== undefined) return { state: 'unknown', object: refOf(way.route), path, says: unknown };
  if (missing !== undefined)
    return {
      state: 'unknown',
      object: at,
      path: 'spec',
      says: `${refText(missing.named)} is not ${isRead(missing.named) ? 'among what is judged' : 'judged'}`,
    };
  if (family === undefined) return undefined;
  return (family === 'istio' ? meshLog(world) : undefined) ?? LOG_DEFAULTS[family]?.(at);
}

/** What the configuration of the mesh says, where it is among what is judged, and that of one mesh alone. */
function meshLog({ wideFacts }: World): Answer | undefined {
  const meshes = wideFacts.filter(({ kind, family }) => kind === 'ConfigMap' && family === 'istio');
  const [mesh] = meshes;
  const [one] = mesh?.controls ?? [];
  return mesh && one && meshes.length === 1 ? answerOf({ ...one, object: refOf(mesh) }) : undefined;
}

type LogDefault = (object: ObjectRef) => Answer;
const byDefault: LogDefault = object => ({ state: 'yes', object, path: 'spec', says: 'the default of the product' });
const elsewhere =
  (where: string): LogDefault =>
  object => ({ state: 'unknown', object, path: 'spec', says: `${where} says it, which is not judged` });

/** What a product does where no object says anything. */
const LOG_DEFAULTS: Readonly<Partial<Record<string, LogDefault>>> = {
  'envoy-gateway': byDefault,
  agentgateway: byDefault,
  'kgateway-agentgateway': byDefault,
  'ingress-nginx': byDefault,
  'f5-nginx': byDefault,
  nginx: byDefault,
  istio: elsewhere('the configuration of the mesh'),
  traefik: elsewhere('the static configuration of Traefik'),
};

/** What is asked on a way where nothing that attaches to it says anything. */
function unsaid(way: Way, effective: Effective, aspect: Aspect, world: World): Answer {
  const { entrance, route } = way;
  const byReplacement = takenAway(effective, aspect);
  if (byReplacement !== undefined) return byReplacement;
  const log = aspect === 'log' ? logOf(way, world) : undefined;
  if (log !== undefined) return log;
  const { path } = entrance.parent;
  return entrance.unknown === undefined
    ? { state: 'open', object: refOf(route), path, says: MISSING[aspect] }
    : { state: 'unknown', object: refOf(route), path, says: entrance.unknown };
}

/** What is asked of callers on a way where these, and no others, attach to it. */
function answersWith(attached: readonly Attached[], way: Way, world: World): Answers {
  const effective = effectiveOf(attached, world);
  const answer = (aspect: Aspect): Answer => {
    const decisive = demandIn(effective.controls, aspect);
    return decisive === undefined ? unsaid(way, effective, aspect, world) : answerOf(decisive);
  };
  return answersBy(answer);
}

/** What is not asked by what is known may be asked by what could not be listed. */
function unlessUnlisted(answer: Answer, aspect: Aspect, { entrance, route }: Way, world: World): Answer {
  if (answer.state === 'yes') return answer;
  const unlisted = world.wideFacts.find(
    fact =>
      fact.unlisted && isGoverned(entrance.family, fact.family) && fact.controls.some(one => one.aspect === aspect),
  );
  if (unlisted?.unlisted === undefined) return answer;
  return { state: 'unknown', object: refOf(route), path: entrance.parent.path, says: unlisted.unlisted };
}

/** What is asked of callers on a way, in each respect. */
export function answersOn(way: Way, world: World): Answers {
  const answers = answersByAttached(way, world);
  const answer = (aspect: Aspect): Answer => unlessUnlisted(answers[aspect], aspect, way, world);
  return answersBy(answer);
}

/** As {@link answersOn}, by what is known. What hangs on a policy that may be for it, and may not, is not known. */
function answersByAttached(way: Way, world: World): Answers {
  const attached = attachedTo(way, world);
  const all = answersWith(attached, way, world);
  const unsure = attached.find(({ isUnsure }) => isUnsure);
  if (unsure === undefined) return all;
  const { object } = unsure;
  const sure = answersWith(
    attached.filter(({ isUnsure }) => !isUnsure),
    way,
    world,
  );
  const says = `whether ${refText(object)} is for this way is not known`;
  const answer = (aspect: Aspect): Answer =>
    all[aspect].state === sure[aspect].state ? all[aspect] : { state: 'unknown', object, path: 'spec', says };
  return answersBy(answer);
}
