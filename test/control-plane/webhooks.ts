import { randomBytes } from 'node:crypto';
import { type Answer, ensure, expectOk, type Request } from './client.ts';
import { eventually } from './eventually.ts';

/** Where the API server calls: an address of its own machine, or a Service of the cluster. */
export type WebhookTarget =
  | { readonly url: string; readonly caBundle: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly path?: string;
        readonly port?: number;
      };
      readonly caBundle: string;
    };

/** One entry of `rules` of a webhook (admissionregistration.k8s.io/v1 RuleWithOperations). */
export interface WebhookRule {
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope?: 'Cluster' | 'Namespaced' | '*';
}

export interface WebhookOptions {
  /** Of the configuration; the webhook in it is called `NAME.test`. */
  readonly name: string;
  readonly phase: 'validating' | 'mutating';
  /** `caBundle` is PEM. */
  readonly target: WebhookTarget;
  readonly rules: readonly WebhookRule[];
  /** Fields of the webhook beside the above: failurePolicy, timeoutSeconds, matchConditions, namespaceSelector, … */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const MARKERS = 'webhook-markers';
/** Refuses the connection: the marker's webhook fails, and its failure is the sign that it is in force. */
const NOBODY = 'https://127.0.0.1:1/';

const KINDS = {
  validating: { kind: 'ValidatingWebhookConfiguration', path: `${GROUP}/validatingwebhookconfigurations` },
  mutating: { kind: 'MutatingWebhookConfiguration', path: `${GROUP}/mutatingwebhookconfigurations` },
} as const;

function configuration(options: WebhookOptions): unknown {
  const { phase, name, target, rules, fields } = options;
  const clientConfig = { ...target, caBundle: Buffer.from(target.caBundle).toString('base64') };
  const webhook = {
    name: `${name}.chokepoint.test`,
    clientConfig,
    rules,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    ...fields,
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: KINDS[phase].kind,
    metadata: { name },
    webhooks: [webhook],
  };
}

async function remove(request: Request, phase: WebhookOptions['phase'], name: string): Promise<void> {
  const answer = await request('DELETE', `${KINDS[phase].path}/${name}`);
  if (answer.status !== 404) expectOk(answer, `delete ${name}`);
}

const refusedBy = (answer: Answer, name: string): boolean =>
  answer.status >= 400 && JSON.stringify(answer.body).includes(name);

async function markerInForce(request: Request, phase: WebhookOptions['phase'], id: string): Promise<void> {
  const name = `${id}-${phase}`;
  const expression = `object.metadata.name == '${name}'`;
  const marker = configuration({
    name,
    phase,
    target: { url: NOBODY, caBundle: '' },
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
    fields: { matchConditions: [{ name: 'marker', expression }], failurePolicy: 'Fail', timeoutSeconds: 1 },
  });
  expectOk(await request('POST', KINDS[phase].path, marker), `marker ${name}`);
  try {
    await eventually(`${phase} webhooks in force`, async () => {
      const path = `/api/v1/namespaces/${MARKERS}/configmaps?dryRun=All`;
      return refusedBy(await request('POST', path, { metadata: { name } }), name) || undefined;
    });
  } finally {
    await remove(request, phase, name);
  }
}

/**
 * Waits until every webhook configuration that was written before the call is in force, by one more that is written after them: the API server
 * learns of configurations of one kind in the order in which they were written.
 */
export async function webhooksLive(request: Request): Promise<void> {
  await ensure(request, '/api/v1/namespaces', { metadata: { name: MARKERS } });
  const id = `marker-${randomBytes(6).toString('hex')}`;
  await Promise.all([markerInForce(request, 'validating', id), markerInForce(request, 'mutating', id)]);
}

/** Writes a configuration with one webhook and waits until it is in force. Returns how to take it away, which waits as well. */
export async function registerWebhook(request: Request, options: WebhookOptions): Promise<() => Promise<void>> {
  expectOk(await request('POST', KINDS[options.phase].path, configuration(options)), `webhook ${options.name}`);
  await webhooksLive(request);
  return async () => {
    await remove(request, options.phase, options.name);
    await webhooksLive(request);
  };
}
