import type { Fields } from '../../core/kube/reading.ts';
import { type Answer, pass, type Seen, warn } from './check.ts';
import { argumentsOf, nameOf } from './fields.ts';

const REMEDY = 'add the component record, record.enabled of the chart (docs/recorder.md)';

/** Whether a program is started with an option, written as one word or as two. */
const has = (workload: Fields, option: string): boolean =>
  argumentsOf(workload).some(word => word === option || word.startsWith(`${option}=`));

/** Whether a change past the gate would be noticed: the controller has to compare what is stored with what the webhook put on record. By how both are started. */
export function unwitnessed(seen: Seen): readonly Answer[] {
  const named = (name: string): Fields | undefined => seen.objects('gateDeployments').find(one => nameOf(one) === name);
  const [webhook, controller] = [named('chokepoint-webhook'), named('chokepoint-controller')];
  if (webhook === undefined) return [];
  const off = (why: string, remedy = REMEDY): readonly Answer[] => [
    warn(`off: a change past the webhook goes unnoticed, for ${why}`, remedy),
  ];
  if (controller === undefined) return off('no controller is installed', `install the controller, and ${REMEDY}`);
  if (!has(webhook, '--record')) return off('the webhook puts nothing on record');
  if (!has(controller, '--webhook-token') || !has(controller, '--webhook-ca'))
    return off('the controller does not ask the webhook what it put on record (--webhook-token, --webhook-ca)');
  if (has(webhook, '--client-ca'))
    return off(
      'the webhook lets API servers alone in (--client-ca)',
      'choose: without --client-ca the controller can ask it',
    );
  return [pass('the controller compares what is stored with what the webhook puts on record')];
}
