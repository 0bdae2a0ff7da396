import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOSED, CONFIG, OPEN, SERVER } from './manifests.ts';
import { type Folder, temporaryFolder } from './run.ts';

let folder: Folder;

const ANNOTATED = SERVER.replace(
  '  namespace: shop\n',
  '  namespace: shop\n  annotations:\n    chokepoint.dev/ignore: ingress-beyond-gateway moves in March until 2999-12-31\n',
);
const exception = (name: string, rules: string, expires = '2999-12-31', namespace = 'shop'): string =>
  `  - {namespace: ${namespace}, kind: Deployment, name: ${name}, rules: [${rules}], reason: TICKET-1, expires: "${expires}"}\n`;

beforeAll(() => {
  folder = temporaryFolder();
  folder.write('plain/all.yaml', [SERVER, CLOSED, OPEN].join('---\n'));
  folder.write('annotated/all.yaml', [ANNOTATED, CLOSED, OPEN].join('---\n'));
});
afterAll(() => folder.remove());

/** The report of `check`, under exceptions. */
async function check(input: string, exceptions: string) {
  folder.write('config.yaml', `${CONFIG}  exceptions:\n${exceptions}`);
  const { status, stdout } = await folder.run(['check', input, '--config', 'config.yaml', '--output', 'json']);
  return { status, report: JSON.parse(stdout) };
}

describe('exceptions of the GatePolicy that do nothing are told', () => {
  test.each<readonly [title: string, exceptions: string, status: number, problems: readonly string[]]>([
    ['none of one that sets its finding aside', exception('orders', 'ingress-beyond-gateway'), 0, []],
    [
      'one for an object that is not there',
      exception('gone', 'ingress-beyond-gateway'),
      1,
      [
        'unused-exception: the exception for Deployment shop/gone from ingress-beyond-gateway sets nothing aside: remove it',
      ],
    ],
    [
      'one of whose rules some are not needed',
      exception('orders', 'ingress-beyond-gateway, host-network, node-access'),
      0,
      [
        'unused-exception: the exception for Deployment shop/orders from host-network, node-access sets nothing aside: remove it',
      ],
    ],
    [
      'one that has ended',
      exception('orders', 'ingress-beyond-gateway', '2020-01-01'),
      1,
      [
        'expired-exception: the exception for Deployment shop/orders ended on 2020-01-01: it sets nothing aside any more',
      ],
    ],
    [
      'those of other namespaces at once, since a GatePolicy may serve several repositories',
      exception('a', 'host-network', '2999-12-31', 'one') + exception('b', 'host-network', '2999-12-31', 'two'),
      1,
      [
        'unused-exception: exceptions for objects in namespaces that are not in the input set nothing aside here: Deployment one/a, Deployment two/b',
      ],
    ],
    ['none of what is judged at changes alone', exception('orders', 'policy-removal'), 1, []],
  ])('%s', async (_title, exceptions, status, problems) => {
    const checked = await check('plain', exceptions);
    const told = checked.report.problems.map(({ code, message }: Record<string, string>) => `${code}: ${message}`);
    expect([checked.status, told]).toEqual([status, problems]);
  });
});

test('an annotation in vain is told at its line', async () => {
  const { status, stdout } = await folder.run(['check', 'annotated']);
  expect(status).toBe(1);
  expect(stdout).toContain(
    'annotated/all.yaml:7:5: warning: metadata.annotations["chokepoint.dev/ignore"]: "ingress-beyond-gateway moves in March until 2999-12-31" sets nothing aside: the GatePolicy lets no annotation set anything aside (exceptionsFromAnnotations) (refused-exception)\n',
  );
});
