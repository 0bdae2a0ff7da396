import { createDecoder } from '../../src/core/kube/decode.ts';
import { createReach } from '../../src/core/netpol/reach.ts';
import { parseReachQuery } from '../../src/core/netpol/reach-query.ts';
import { buildWorld } from '../../src/core/world/build.ts';
import type { Evaluate } from '../support/agreement.ts';
import { createOracle } from '../support/oracle.ts';
import { parseYaml } from '../support/yaml.ts';

type Fields = Record<string, unknown>;

/** The objects of a document; those of a list one by one. */
function objects(document: unknown): readonly Fields[] {
  const fields = document as Fields;
  return Array.isArray(fields.items) ? fields.items.flatMap(objects) : [fields];
}

const evaluateReach: Evaluate = manifests => {
  const decode = createDecoder();
  const decoded = parseYaml(manifests).flatMap(objects).map(decode);
  const reach = createReach(buildWorld(decoded.flatMap(one => (one.kind === 'object' ? [one.object] : []))));
  return raw => {
    const query = parseReachQuery(raw);
    if ('problem' in query) throw new Error(query.problem);
    const answer = reach(query);
    if (!('allowed' in answer)) throw new Error(JSON.stringify(answer));
    const known = (allowed: boolean | null): boolean => {
      if (allowed === null) throw new Error(JSON.stringify(answer));
      return allowed;
    };
    const by = [...answer.egress.by, ...answer.ingress.by].map(({ policy, path }) => `${policy} ${path}`).sort();
    const { allowed, egress, ingress } = answer;
    return { allowed: known(allowed), egress: known(egress.allowed), ingress: known(ingress.allowed), by };
  };
};

/** Every implementation that must give the same answers, with the name that its test suites bear. */
export const evaluators: readonly [readonly ['the oracle', Evaluate], readonly ['reach', Evaluate]] = [
  ['the oracle', manifests => createOracle(parseYaml(manifests))],
  ['reach', evaluateReach],
];
