import { type Fields, objectsAt, textsAt } from '../../core/kube/reading.ts';
import { listed } from '../../core/listed.ts';
import { type Answer, pass, type Seen, warn } from './check.ts';
import { nameOf } from './fields.ts';

/** A policy engine that reviews what the gate and its controller write, known by its webhook configurations. */
const ENGINES: readonly (readonly [title: string, name: RegExp, remedy: string])[] = [
  [
    'Kyverno',
    /^kyverno-/,
    'exclude NetworkPolicies of the controller and the label it sets from rules that validate, mutate or generate them',
  ],
  ['Gatekeeper', /^gatekeeper-/, 'exempt the namespace of the gate, and let its policies pass Assign and constraints'],
  ['Kubewarden', /^(?:clusterwide|namespaced)-.*|kubewarden/, 'let policies of the controller pass'],
  ['OPA', /^opa-|openpolicyagent/, 'let policies of the controller pass'],
  ['jsPolicy', /jspolicy/, 'let policies of the controller pass'],
  ['Polaris', /^polaris-/, 'let policies of the controller pass'],
  ['Datree', /datree/, 'let policies of the controller pass'],
  ['Magertron', /magertron/, 'have one of the two write NetworkPolicies for MCP servers'],
];

/** What the gate depends on being let through. */
const CONCERNS: ReadonlySet<string> = new Set(['pods', 'networkpolicies', '*', '*/*', 'pods/*']);

const concerns = (configuration: Fields): boolean =>
  objectsAt(configuration, 'webhooks').some(webhook =>
    objectsAt(webhook, 'rules').some(rule => textsAt(rule, 'resources').some(resource => CONCERNS.has(resource))),
  );

/** Whether other engines judge or change Pods and NetworkPolicies as well. */
export function otherEngines(seen: Seen): readonly Answer[] {
  const configurations = [...seen.objects('validatingWebhooks'), ...seen.objects('mutatingWebhooks')].filter(concerns);
  const answers = ENGINES.flatMap(([title, name, remedy]): readonly Answer[] => {
    const theirs = configurations.filter(one => name.test(nameOf(one)));
    if (theirs.length === 0) return [];
    return [warn(`${title} reviews Pods or NetworkPolicies as well (${listed(theirs.map(nameOf), 3)})`, remedy)];
  });
  return answers.length > 0 ? answers : [pass('no other policy engine that is known reviews Pods or NetworkPolicies')];
}
