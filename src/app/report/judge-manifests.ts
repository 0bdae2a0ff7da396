import { createJudge } from '../../core/evaluate.ts';
import type { PathSegment } from '../../core/field-path.ts';
import type { GatePolicy } from '../../core/gate/types.ts';
import { createDecoder } from '../../core/kube/decode.ts';
import { type Fields, isFields, own } from '../../core/kube/reading.ts';
import type { Source } from '../../core/manifest.ts';
import { createInputDecoder, type JudgedInput, judgeInput, type ManifestIssue } from './check.ts';

/** One value of the input, taken out of its Lists. */
interface Item extends Source {
  readonly value: unknown;
}

/** The items of a List, or of a list of one kind (`PodList`), whose items need not say what they are; `undefined` of anything else. */
function itemsOf(value: Fields): readonly unknown[] | undefined {
  const [kind, items] = [own(value, 'kind'), own(value, 'items')];
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return undefined;
  const type = { apiVersion: own(value, 'apiVersion'), kind: kind.slice(0, -'List'.length) };
  if (type.kind === '') return items;
  return items.map(item => (isFields(item) && own(item, 'kind') === undefined ? { ...item, ...type } : item));
}

/** Takes Lists apart, in order and to any depth. */
function* flatten(values: Iterable<unknown>): Iterable<Item> {
  let document = 0;
  for (const given of values) {
    const waiting: { readonly value: unknown; readonly pointer: readonly PathSegment[] }[] = [
      { value: given, pointer: [] },
    ];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { value, pointer } = next;
      const items = isFields(value) ? itemsOf(value) : undefined;
      if (items === undefined) yield { file: '', document, line: 0, pointer, value };
      else
        waiting.push(...items.map((item, index) => ({ value: item, pointer: [...pointer, 'items', index] })).reverse());
    }
    document += 1;
  }
}

function notAnObject({ value: _, ...manifest }: Item): ManifestIssue {
  const message = 'expected a Kubernetes object';
  return { severity: 'error', code: 'not-an-object', path: '', message, manifest };
}

/**
 * Judges every MCP server among manifests, as `check` does: each through the workload that makes it, with all policies that select it, and servers of
 * which only the policy is there. Values are plain data, as a JSON or YAML parser gives it; Lists are taken apart. Nothing is thrown for what they
 * hold: what cannot be read is an issue, with `manifest.document` as the place among the values. An issue of severity error means that something
 * was not judged, so that without a denial nothing is proven either.
 */
export function judgeManifests(manifests: Iterable<unknown>, policy: GatePolicy): JudgedInput {
  const decoder = createInputDecoder(createDecoder());
  const strangers: ManifestIssue[] = [];
  for (const item of flatten(manifests)) {
    if (isFields(item.value)) decoder.add({ ...item, value: item.value });
    else strangers.push(notAnObject(item));
  }
  const input = decoder.finish();
  return judgeInput({ ...input, issues: [...input.issues, ...strangers] }, createJudge(policy));
}
