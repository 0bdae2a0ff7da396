import type { Problem } from '../../core/manifest.ts';
import type { DecodedInput } from './check.ts';

/**
 * A warning where objects name no namespace and are judged in `default`: kubectl and helm put them where they are told to, so that what is judged as
 * one namespace may be several. It stands at the first of them. Empty where every object that is judged names its namespace.
 */
export function assumedNamespace({ objects }: DecodedInput): readonly Problem[] {
  const unnamed = [...objects.values()].filter(one => !one.namesNamespace && one.object.meta.namespace !== '');
  const [first] = unnamed;
  if (first === undefined) return [];
  const [name, are] = unnamed.length === 1 ? ['object names', 'is'] : ['objects name', 'are'];
  const message = `${unnamed.length} ${name} no namespace and ${are} judged in "default": give --namespace where another is meant`;
  const { file, line } = first.manifest;
  return [
    { severity: 'warning', code: 'assumed-namespace', file, line, column: 0, field: 'metadata.namespace', message },
  ];
}
