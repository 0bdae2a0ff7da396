import { BY_RESOURCE } from '../../core/gate/asked-exception.ts';
import { readGateException } from '../../core/gate/gate-exception.ts';
import { suggestion } from '../../core/gate/nearest.ts';
import { COUNTING_NAME, documentOf } from '../../core/gate/stored-gate-policy.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { OWN_GROUP } from '../../core/kube/own-kinds.ts';
import { type Issue, own } from '../../core/kube/reading.ts';
import type { GateException } from '../../core/kube/types.ts';
import { NEVER_IGNORED } from '../../core/never-ignored.ts';
import { isGateException } from '../../core/world/object-kinds.ts';
import { type AdmissionResult, DOCUMENT_NOTE, unjudged } from './answer.ts';
import type { ReadChange } from './read-change.ts';
import { allow, listed, refuse } from './response.ts';
import type { Review } from './review.ts';
import type { Request } from './validate.ts';

/** A review of a GatePolicy or GateException: of the configuration, not of what is judged by it. */
export const isOwnDocument = ({ kind }: Review): boolean => kind.group === OWN_GROUP;

const answered = (response = allow()): AdmissionResult => unjudged(DOCUMENT_NOTE, 'unknown', response);

const said = ({ path, message }: Issue): string => (path === '' ? message : `${path}: ${message}`);

const refused = ({ kind }: Review, errors: readonly Issue[]): AdmissionResult =>
  answered(refuse(400, `the ${kind.kind} cannot be used: ${listed(errors.map(said))}`));

/** What is stored already is never in the way of a change of something else: of a label, or of a finalizer. */
const keepsSpec = ({ object, oldObject }: Review): boolean =>
  object !== undefined &&
  oldObject !== undefined &&
  JSON.stringify(own(object, 'spec')) === JSON.stringify(own(oldObject, 'spec'));

async function reviewGatePolicy({ review, ports }: Request): Promise<AdmissionResult> {
  const { object = {}, name } = review;
  const decoded = await ports.readDocument?.(documentOf(object));
  if (decoded === undefined) return answered();
  const errors = decoded.issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return refused(review, errors);
  const isOther = name !== '' && name !== COUNTING_NAME;
  const other = isOther ? [`only the GatePolicy named "${COUNTING_NAME}" counts`] : [];
  return answered(allow({ warnings: [...other, ...decoded.issues.map(said)] }));
}

/** Ids that are no rule, each at its place. */
function unknownRules({ rules }: GateException, { levels }: GatePolicy): readonly Issue[] {
  return rules.flatMap((rule, index): readonly Issue[] => {
    if (levels.has(rule)) return [];
    const message = `there is no rule "${rule}"${suggestion(rule, levels.keys())}`;
    return [{ severity: 'error', code: 'unknown-name', path: `spec.rules[${index}]`, message }];
  });
}

function reviewGateException(exception: GateException, { review, judge }: Request): AdmissionResult {
  const unknown = unknownRules(exception, judge.policy);
  if (unknown.length > 0) return refused(review, unknown);
  const read = readGateException(exception, { policy: judge.policy, never: NEVER_IGNORED });
  const warnings = read.refused.map(({ text, why }) => `${BY_RESOURCE.what}: "${text}" sets nothing aside: ${why}`);
  return answered(allow({ warnings }));
}

const afterOf = (read: ReadChange): GateException | undefined => {
  const after = read.kind === 'change' ? read.change.after : undefined;
  return after !== undefined && isGateException(after) ? after : undefined;
};

/**
 * Reviews an object of our own kinds as a file would be read: one that cannot be used never lands, and the answer names the field. What the
 * GatePolicy does not let a namespace ask for is told, not refused: it may let it tomorrow.
 */
export async function reviewDocument(request: Request): Promise<AdmissionResult> {
  const { review, read, ports } = request;
  const isOfSpec = review.operation === 'CREATE' || review.operation === 'UPDATE';
  if (ports.readDocument === undefined || !isOfSpec || review.subResource !== '' || keepsSpec(review))
    return answered();
  if (review.kind.kind === 'GatePolicy') return reviewGatePolicy(request);
  if (read.kind === 'unreadable') return refused(review, read.issues);
  const exception = afterOf(read);
  return exception === undefined ? answered() : reviewGateException(exception, request);
}
