import { expect, test } from 'vitest';
import { unwitnessed } from '../../../src/app/doctor/unwitnessed.ts';
import { seen, told } from './seen.ts';

const deployment = (name: string, ...args: readonly string[]): string =>
  `metadata: {namespace: chokepoint-system, name: ${name}}\nspec: {template: {spec: {containers: [{name: main, args: ${JSON.stringify(args)}}]}}}\n`;
const webhook = (...args: readonly string[]): string => deployment('chokepoint-webhook', 'serve', ...args);
const controller = (...args: readonly string[]): string => deployment('chokepoint-controller', 'controller', ...args);
const ASKS = ['--webhook-token=/token', '--webhook-ca=/ca.crt'];
const OFF = 'warn: off: a change past the webhook goes unnoticed, for';

test.each<readonly [what: string, deployments: readonly string[], answers: readonly string[]]>([
  [
    'a controller that asks a webhook with a record',
    [webhook('--record=/r'), controller(...ASKS)],
    ['pass: the controller compares what is stored with what the webhook puts on record'],
  ],
  [
    'options of two words',
    [webhook('--record', '/r'), controller('--webhook-token', '/token', '--webhook-ca', '/ca.crt')],
    ['pass: the controller compares what is stored with what the webhook puts on record'],
  ],
  ['no controller', [webhook('--record=/r')], [`${OFF} no controller is installed`]],
  [
    'a webhook without a record',
    [webhook('--record-fsync=none'), controller(...ASKS)],
    [`${OFF} the webhook puts nothing on record`],
  ],
  [
    'a controller that does not ask',
    [webhook('--record=/r'), controller('--record=/r', '--webhook-token=/token')],
    [`${OFF} the controller does not ask the webhook what it put on record (--webhook-token, --webhook-ca)`],
  ],
  [
    'a webhook that lets the controller not in',
    [webhook('--record=/r', '--client-ca=/ca'), controller(...ASKS)],
    [`${OFF} the webhook lets API servers alone in (--client-ca)`],
  ],
  ['no gate', [deployment('other')], []],
])('%s', (_, deployments, answers) => {
  expect(told(unwitnessed(seen({ reads: { gateDeployments: deployments.join('---\n') } })))).toEqual(answers);
});
