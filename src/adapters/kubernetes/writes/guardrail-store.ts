import { MANAGER } from '../../../app/controller/made-policy.ts';
import type { GuardrailStore, GuardrailWritten } from '../../../app/guardrail/keep.ts';
import type { StoredGuardrail } from '../../../app/guardrail/plan.ts';
import type { Time } from '../../../app/time.ts';
import { specManagersOf } from '../../../core/kube/decode-policy.ts';
import { isFields } from '../../../core/kube/reading.ts';
import { GateError } from '../../../errors.ts';
import { type Client, requestPatiently } from '../client/client.ts';
import { objectPath } from '../client/paths.ts';
import { policyResource } from './policy-resource.ts';
import { deletionBody, type Written, writtenBy } from './writer.ts';

/** What a write came to. Rejects with a GateError where it was refused. */
function outcome(written: Written, what: string): GuardrailWritten {
  if (written.kind === 'conflict') return 'taken-over';
  if (written.kind === 'done') return 'done';
  const message = 'message' in written ? written.message : 'the kind is not served in this version';
  throw new GateError('unexpected-answer', `${what}: ${message}`);
}

/** Writes and deletes the objects of a guardrail. */
export function createGuardrailStore(client: Client, time: Time): GuardrailStore {
  const pathOf = (object: Pick<StoredGuardrail, 'apiVersion' | 'kind' | 'name'>) =>
    objectPath(policyResource(object), '', object.name);

  return {
    // Never by force: a field that somebody else has written is his.
    apply: async (manifest, signal) => {
      const { name } = manifest.metadata;
      const answer = await requestPatiently(client, time, {
        method: 'PATCH',
        path: pathOf({ ...manifest, name }),
        query: { fieldManager: MANAGER },
        contentType: 'application/apply-patch+yaml',
        body: manifest,
        signal,
      });
      return outcome(writtenBy(answer), `${manifest.kind} ${name} cannot be written`);
    },
    remove: async (object, signal) => {
      const { kind, name, uid } = object;
      const path = pathOf(object);
      const { status, body } = await requestPatiently(client, time, { method: 'GET', path, signal });
      if (status === 404) return 'done';
      const others = isFields(body) ? specManagersOf(body).filter(manager => manager !== MANAGER) : [];
      if (status === 200 && others.length > 0) return 'taken-over';
      const answer = await requestPatiently(client, time, {
        method: 'DELETE',
        path,
        body: deletionBody({ uid }),
        signal,
      });
      const written = writtenBy(answer);
      return written.kind === 'absent' ? 'done' : outcome(written, `${kind} ${name} cannot be deleted`);
    },
  };
}
