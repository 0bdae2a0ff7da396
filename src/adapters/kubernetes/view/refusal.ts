import type { Refusal } from '../../../app/report/cluster-reading.ts';
import { isFields, own } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import type { ApiAnswer } from '../client/client.ts';
import type { Resource } from '../client/paths.ts';

/** What was asked for, and what it would tell. */
export interface Asked extends Pick<Refusal, 'namespace' | 'tells'> {
  readonly resource: Resource;
}

function messageOf({ body }: ApiAnswer): string {
  const message = isFields(body) ? own(body, 'message') : undefined;
  return typeof message === 'string' ? message : '';
}

/** That a kind cannot be listed, where there is nothing but an error to tell of it. */
export const refusalWithout = (asked: Pick<Refusal, 'kind' | 'resource'>, message: string): Refusal => ({
  ...asked,
  ...{ verb: 'list', namespace: '', status: 0, message, tells: undefined },
});

/** What an answer without the objects that were asked for means, to whom it is about. Throws a GateError where it is about who asks. */
export function refusalOf(verb: Refusal['verb'], asked: Asked, answer: ApiAnswer): Refusal {
  if (answer.status === 401)
    throw new GateError('no-credentials', 'the API server does not accept the credentials (401)');
  return refusalFrom(verb, asked, answer);
}

/** What an answer without the objects that were asked for means. */
export function refusalFrom(verb: Refusal['verb'], { resource, namespace, tells }: Asked, answer: ApiAnswer): Refusal {
  const named = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const kind = `${resource.group}/${resource.kind}`;
  return { verb, kind, resource: named, namespace, status: answer.status, message: messageOf(answer), tells };
}
