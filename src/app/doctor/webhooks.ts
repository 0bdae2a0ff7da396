import { dayAt } from '../../core/calendar.ts';
import { type Fields, objectsAt, own, textAt, textsAt, valueAt } from '../../core/kube/reading.ts';
import { listed } from '../../core/listed.ts';
import { type Answer, fail, pass, type Seen, type ShippedWebhook, warn } from './check.ts';
import { argumentsOf, nameOf, pairAt } from './fields.ts';

const REMEDY = 'apply the manifests of this version again, by whichever way they were installed (docs/install.md)';

/** Name of both configurations. */
const OURS = 'chokepoint';

const configurationsOf = (seen: Seen): readonly Fields[] =>
  [...seen.objects('validatingWebhooks'), ...seen.objects('mutatingWebhooks')].filter(one => nameOf(one) === OURS);

/** The webhooks of the gate that is installed; none: it is not. */
export const installedWebhooks = (seen: Seen): readonly Fields[] =>
  configurationsOf(seen).flatMap(one => objectsAt(one, 'webhooks'));

/** Each resource with each operation, one by one. */
const asked = (webhook: Fields): ReadonlySet<string> =>
  new Set(
    objectsAt(webhook, 'rules').flatMap(rule =>
      textsAt(rule, 'apiGroups').flatMap(group =>
        textsAt(rule, 'resources').flatMap(resource =>
          textsAt(rule, 'operations').map(
            operation => `${operation} ${group === '' ? resource : `${resource}.${group}`}`,
          ),
        ),
      ),
    ),
  );

/** Whether a rule for everything stands for one of these. */
function isAsked(one: string, all: ReadonlySet<string>): boolean {
  const [operation = '', resource = ''] = one.split(' ');
  const [plural = '', ...group] = resource.split('.');
  const suffix = group.length === 0 ? '' : `.${group.join('.')}`;
  return [operation, '*'].some(op =>
    [`${plural}${suffix}`, `*${suffix}`, `*.*`].some(what => all.has(`${op} ${what}`)),
  );
}

const conditionsOf = (webhook: Fields): readonly string[] =>
  objectsAt(webhook, 'matchConditions').map(condition => textAt(condition, 'expression'));

/** One text for a requirement of a selector, whatever the order of its fields and values. */
const requirementText = (requirement: Fields): string =>
  [textAt(requirement, 'key'), textAt(requirement, 'operator'), ...[...textsAt(requirement, 'values')].sort()].join(
    ' ',
  );

/** A selector as requirements. */
function requirementsOf(webhook: Fields, path: string): readonly string[] {
  const pairs = valueAt(webhook, `${path}.matchLabels`);
  const labels = typeof pairs === 'object' && pairs !== null ? Object.entries(pairs) : [];
  return [
    ...objectsAt(webhook, `${path}.matchExpressions`).map(requirementText),
    ...labels.map(([key, value]) => `${key} In ${value}`),
  ];
}

/** The gate was told never to refuse: its webhooks need not hold anything up. */
const isLimited = (seen: Seen): boolean =>
  seen
    .objects('gateDeployments')
    .some(one => argumentsOf(one).some(word => /^--mode-limit=(?:audit|warn|off)$/.test(word)));

const without = (all: readonly string[], known: readonly string[]): readonly string[] =>
  all.filter(one => !known.includes(one));

/** In what an installed webhook asks less than the one that is shipped, a clause each. */
function weaker(installed: Fields, shipped: ShippedWebhook, seen: Seen): readonly string[] {
  const rules = asked(installed);
  const gone = shipped.asks.filter(one => !isAsked(one, rules));
  const conditions = without(conditionsOf(installed), shipped.conditions);
  const namespaces = without(requirementsOf(installed, 'namespaceSelector'), shipped.namespaces);
  const objects = requirementsOf(installed, 'objectSelector');
  const policy = textAt(installed, 'failurePolicy');
  return [
    ...(gone.length > 0 ? [`is not asked about ${listed(gone, 3)}`] : []),
    ...(conditions.length > 0 ? [`is asked under a further condition: ${listed(conditions, 1)}`] : []),
    ...(namespaces.length > 0 ? [`leaves namespaces out by ${listed(namespaces, 2)}`] : []),
    ...(objects.length > 0 ? [`leaves objects out by ${listed(objects, 2)}`] : []),
    ...(shipped.failurePolicy === 'Fail' && policy !== 'Fail' && !isLimited(seen)
      ? [`lets everything pass when the gate is down (failurePolicy ${policy})`]
      : []),
    ...(shipped.reinvocationPolicy === 'IfNeeded' && textAt(installed, 'reinvocationPolicy') !== 'IfNeeded'
      ? ['is not asked again when a later webhook changes a Pod (reinvocationPolicy)']
      : []),
  ];
}

/** The webhooks that are installed, compared with those that are shipped: what asks less is a way past the gate. */
export function compareWebhooks(seen: Seen): readonly Answer[] {
  const installed = installedWebhooks(seen);
  if (installed.length === 0) return [];
  const byName = new Map(installed.map(one => [textAt(one, 'name'), one]));
  const answers = seen.shipped.flatMap(shipped => {
    const one = byName.get(shipped.name);
    if (one === undefined) return [fail(`the webhook ${shipped.name} is missing`, REMEDY)];
    return weaker(one, shipped, seen).map(clause => fail(`the webhook ${shipped.name} ${clause}`, REMEDY));
  });
  return answers.length > 0 ? answers : [pass('the webhooks ask about all that the shipped ones do')];
}

/** Asks about Pods that are made. */
const changesPods = (webhook: Fields): boolean =>
  [...asked(webhook)].some(one => /^(?:CREATE|\*) (?:pods|\*|\*\.\*)$/.test(one));

/** Mutating webhooks that come after ours, by the order of their configurations' names, and may change a Pod once it was prepared. */
export function laterWebhooks(seen: Seen): readonly Answer[] {
  if (installedWebhooks(seen).length === 0) return [];
  const later = seen
    .objects('mutatingWebhooks')
    .filter(one => nameOf(one) > OURS && objectsAt(one, 'webhooks').some(changesPods))
    .map(nameOf);
  if (later.length === 0) return [pass('no mutating webhook changes Pods after the gate has prepared them')];
  const ours = installedWebhooks(seen).find(one => own(one, 'reinvocationPolicy') !== undefined);
  if (ours !== undefined && textAt(ours, 'reinvocationPolicy') === 'IfNeeded')
    return [pass(`${listed(later, 3)} may change Pods after the gate has prepared them; it is asked again then`)];
  return [
    warn(
      `${listed(later, 3)} may change Pods after the gate has prepared them, and it is not asked again`,
      'set reinvocationPolicy to IfNeeded, as it is shipped',
    ),
  ];
}

const DAY_MS = 86_400_000;
/** Days before its end at which a certificate should have been renewed. */
const SOON_DAYS = 14;

/** The authorities that the API server knows the gate's certificate by. */
export function trustedAuthorities(seen: Seen): readonly Answer[] {
  const installed = installedWebhooks(seen);
  if (installed.length === 0) return [];
  const remedy = 'let the controller (--manage-certificates) or cert-manager make it anew (docs/certificates.md)';
  const bundles = new Map<string, string>();
  for (const one of installed) bundles.set(textAt(one, 'clientConfig.caBundle'), textAt(one, 'name'));
  const answers = [...bundles].flatMap(([bundle, name]): readonly Answer[] => {
    if (bundle === '')
      return [fail(`the API server trusts no certificate of the webhook ${name}: caBundle is empty`, remedy)];
    const known = seen.certificates(Buffer.from(bundle, 'base64').toString('utf8'));
    if (known === undefined || known.length === 0)
      return [fail(`the caBundle of ${name} holds no certificate`, remedy)];
    const lasting = known.filter(({ notBeforeMs, notAfterMs }) => notBeforeMs <= seen.nowMs && seen.nowMs < notAfterMs);
    const endMs = Math.max(...lasting.map(({ notAfterMs }) => notAfterMs));
    if (lasting.length === 0) return [fail(`no certificate in the caBundle of ${name} holds today`, remedy)];
    if (endMs - seen.nowMs < SOON_DAYS * DAY_MS)
      return [warn(`the authority of the webhook ends on ${dayAt(endMs)}`, remedy)];
    return [pass(`the authority of the webhook holds until ${dayAt(endMs)}`)];
  });
  const split = bundles.size > 1 ? [warn('the webhooks do not trust the same authorities', remedy)] : [];
  return [...answers, ...split];
}

/** Whether something answers behind the Service of the webhook. */
export function reachable(seen: Seen): readonly Answer[] {
  if (installedWebhooks(seen).length === 0)
    return [
      warn(
        'no gate is installed: nothing is judged at admission',
        'install it, to begin with to look on (docs/install.md)',
      ),
    ];
  const slices = seen
    .objects('gateEndpoints')
    .filter(one => pairAt(one, 'metadata.labels', 'kubernetes.io/service-name') === OURS);
  const endpoints = slices.flatMap(one => objectsAt(one, 'endpoints'));
  const ready = endpoints.filter(one => valueAt(one, 'conditions.ready') !== false);
  const remedy = `look at its Pods: kubectl -n ${seen.gateNamespace} get pods, and their logs`;
  if (ready.length === 0)
    return [fail('no Pod of the webhook is ready: namespaces that enforce refuse everything', remedy)];
  if (ready.length === 1)
    return [
      warn('one Pod of the webhook is ready: while it restarts, namespaces that enforce refuse everything', remedy),
    ];
  return [pass(`${ready.length} Pods of the webhook are ready`)];
}
