import { type Answer, type Answers, answersBy, type JudgedWay } from '../callers.ts';
import { refText } from '../explain.ts';
import { type Aspect, factKey, type GatewayFact } from '../kube/gateway-fact.ts';
import { TOOLHIVE } from '../kube/toolhive.ts';
import type { ObjectRef, Workload } from '../kube/types.ts';
import { type PublicationContext, publicationOf } from '../publication.ts';
import { refOf } from '../world/refs.ts';
import type { NamespaceContent, World } from '../world/world.ts';
import { demandIn, effectiveOf } from './effective.ts';
import { answersOn } from './judge-way.ts';
import { type Way, waysTo } from './ways.ts';

/** Ways of one server that are judged. */
const MAX_WAYS = 200;

const wayText = ({ route, entrance }: Way): string => `${refText(refOf(route))} through ${entrance.text}`;

/** What a proxy of ToolHive in front of the server asks, or whose proxy it is where that is not among what is judged; `undefined`: there is none. */
function proxyOf({ kind, meta, operator }: Workload, content: NamespaceContent): GatewayFact | ObjectRef | undefined {
  if (operator !== undefined) return operator.callers;
  const owner = meta.owners.find(({ apiVersion }) => apiVersion.startsWith(`${TOOLHIVE}/`));
  // The server behind the proxy is a StatefulSet of the same owner.
  if (owner === undefined || kind !== 'Deployment') return undefined;
  const fact = content.gatewayFacts.get(factKey({ group: TOOLHIVE, kind: owner.kind }, owner.name));
  return fact ?? { kind: owner.kind, namespace: meta.namespace, name: owner.name };
}

const NOBODY: Readonly<Record<Aspect, string>> = {
  authentication: 'it names no way to sign in',
  authorization: 'no policy says who may call it',
  log: 'nothing turns its audit log on',
};

/** What a proxy asks of everybody who reaches it. */
function answersOfProxy(proxy: GatewayFact, world: World): Answers {
  const object = refOf(proxy);
  const { controls, delegations } = proxy;
  const attached = {
    object,
    sort: proxy.kind,
    level: 0,
    merge: 'union',
    controls,
    delegations,
    isUnsure: false,
  } as const;
  const effective = effectiveOf([attached], world);
  const answer = (aspect: Aspect): Answer => {
    const decisive = demandIn(effective.controls, aspect);
    if (decisive === undefined) return { state: 'open', object, path: 'spec', says: NOBODY[aspect] };
    const { demand, path, says } = decisive;
    const state = demand === 'required' ? 'yes' : demand === 'unknown' ? 'unknown' : 'open';
    return { state, object: decisive.object, path, says };
  };
  return answersBy(answer);
}

/** What a proxy asks whose object is not among what is judged. */
function answersUnseen(proxy: ObjectRef): Answers {
  const says = `${refText(proxy)} is not among what is judged`;
  const answer: Answer = { state: 'unknown', object: proxy, path: 'spec', says };
  return answersBy(() => answer);
}

/** Whatever is not asked on the way is asked by the proxy, where that asks it. */
function withProxy(way: JudgedWay, proxy: Answers): JudgedWay {
  const isBetter = (aspect: Aspect): boolean =>
    proxy[aspect].state === 'yes' || (proxy[aspect].state === 'unknown' && way.answers[aspect].state === 'open');
  const answer = (aspect: Aspect): Answer => (isBetter(aspect) ? proxy[aspect] : way.answers[aspect]);
  return { ...way, answers: answersBy(answer) };
}

/** The ways beyond those that are judged, as one of which nothing is known. */
function further(all: readonly Way[]): readonly JudgedWay[] {
  const first = all[MAX_WAYS];
  if (first === undefined) return [];
  const says = `there are more than ${MAX_WAYS} ways to it: the others are not judged`;
  const answer: Answer = { state: 'unknown', object: refOf(first.route), path: first.entrance.parent.path, says };
  const answers = answersBy(() => answer);
  return [{ text: wayText(first), answers, isSure: false, isKnown: false }];
}

/** Every way to the server, with what is asked of callers there; of more than are judged, the last one is not known. */
export function judgedWays(context: PublicationContext, published = publicationOf(context)): readonly JudgedWay[] {
  const { subject, content, world } = context;
  const all = [...waysTo(context, published).take(MAX_WAYS + 1)];
  const judged = all.slice(0, MAX_WAYS).map(
    (way): JudgedWay => ({
      text: wayText(way),
      answers: answersOn(way, world),
      isSure: way.leading === 'leads' && way.entrance.unknown === undefined,
      isKnown: way.entrance.unknown === undefined,
    }),
  );
  const ways = [...judged, ...further(all)];
  const proxy = proxyOf(subject, content);
  if (proxy === undefined) return ways;
  const isSeen = 'controls' in proxy;
  const answers = isSeen ? answersOfProxy(proxy, world) : answersUnseen(proxy);
  if (ways.length > 0) return ways.map(way => withProxy(way, answers));
  const text = `the proxy of ${refText(isSeen ? refOf(proxy) : proxy)}`;
  return [{ text, answers, isSure: true, isKnown: isSeen }];
}
