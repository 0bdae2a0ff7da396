import { loadAll } from 'js-yaml';
import { createPageTexts } from '../../src/adapters/files/page-texts.ts';
import { buildPage } from '../../src/app/page/build-page.ts';
import type { Page, ServerDetail } from '../../src/app/page/model.ts';
import type { PictureParts } from '../../src/app/page/picture.ts';
import { NOWHERE, reportOn } from '../../src/app/report/build-report.ts';
import { type JudgedInput, judgeInput } from '../../src/app/report/check.ts';
import { atOnce, runAtOnce } from '../../src/app/steps.ts';
import { createJudge } from '../../src/core/evaluate.ts';
import { BUILTIN_DATA } from '../../src/core/gate/document/builtin.ts';
import { resolveGatePolicy } from '../../src/core/gate/document/resolve.ts';
import type { GatePolicy } from '../../src/core/gate/types.ts';
import { isFields } from '../../src/core/kube/reading.ts';
import { decodeManifests } from '../support/input.ts';
import { CONFIG } from './samples.ts';

const fieldsOf = (text: string) => loadAll(text).filter(isFields);

/** The configuration of the samples. */
export function samplePolicy(): GatePolicy {
  const [document] = fieldsOf(CONFIG);
  const { policy } = resolveGatePolicy(document ?? {}, BUILTIN_DATA);
  if (policy === undefined) throw new Error('the configuration of the samples is none');
  return policy;
}

/** Every file as a world of its own objects, judged; places are those of whole documents. */
export function judgeFiles(files: Readonly<Record<string, string>>): JudgedInput {
  const manifests = Object.entries(files).flatMap(([file, text]) =>
    fieldsOf(text).map((value, document) => ({ file, document, line: 1, pointer: [], value })),
  );
  return judgeInput(decodeManifests(manifests), createJudge(samplePolicy()));
}

/** All in one line. */
const layOut = async ({ from, namespaces, to }: PictureParts) => {
  const all = [...from, ...namespaces, ...to];
  const boxes = new Map(all.map(({ id, width, height }, index) => [id, { x: index * 300, y: 0, width, height }]));
  return { width: all.length * 300, height: 100, boxes };
};

/** All of a page. */
interface WholePage {
  readonly page: Page;
  /** In the order of its servers. */
  readonly details: readonly ServerDetail[];
}

/** The page of some files. */
export async function pageOf(files: Readonly<Record<string, string>>): Promise<WholePage> {
  const judged = judgeFiles(files);
  const report = reportOn([judged], { files: 1, problems: [], policySource: 'test' }, NOWHERE);
  const { page, details } = await buildPage({
    ...{ report, worlds: [judged], policy: samplePolicy(), day: '2026-01-02', version: '1.2.3' },
    command: 'chokepoint reach . --from FROM --to TO --port PORT --protocol PROTOCOL',
    texts: createPageTexts(file => files[file]),
    ...{ layOut, run: runAtOnce },
  });
  return { page, details: details.map(detail => atOnce(detail())) };
}
