import { type At, at, type Fields, isFields, own, type Reading, valueAt } from './reading.ts';
import type { TemplatePlace, WorkloadKind } from './workload-kinds.ts';

/** A pod template as it stands in an object. */
export interface Template {
  /** What it is called among the templates of its object. */
  readonly part: string;
  /** Another object holds it: nothing of it is known here. */
  readonly isElsewhere: boolean;
  readonly spec: Fields;
  readonly specPlace: At;
  /** What holds the pods' labels and annotations; `undefined`: they are the object's own. */
  readonly metadata: Fields | undefined;
  readonly metadataPlace: At;
}

/** Something at the end of a field path. */
interface Found {
  readonly fields: Fields;
  readonly place: At | undefined;
  readonly part: string;
}

/** The items of a list that are objects, each under its own name. */
function itemsAt({ fields, place, part }: Found, key: string, reading: Reading): readonly Found[] {
  return reading.list(fields, key, place).flatMap((item, index) => {
    const itemPlace = at(at(place, key), index);
    const found = reading.fields(item, itemPlace);
    const name = found && own(found, 'name');
    return found ? { fields: found, place: itemPlace, part: typeof name === 'string' ? name : `${part}${index}` } : [];
  });
}

/** Everything at a field path. An absent level is an empty object where `isNeeded`, else nothing is there. */
function follow(start: Found, path: readonly string[], isNeeded: boolean, reading: Reading): readonly Found[] {
  return path.reduce<readonly Found[]>(
    (all, key) =>
      all.flatMap((found): readonly Found[] => {
        if (key.endsWith('[]')) return itemsAt(found, key.slice(0, -2), reading);
        const next = reading.object(found.fields, key, found.place) ?? (isNeeded ? {} : undefined);
        return next ? [{ ...found, fields: next, place: at(found.place, key) }] : [];
      }),
    [start],
  );
}

/** What of the pods stands at one place. Metadata that stands at the root is the object's own, which is read already. */
function templateAt({ fields, place, part }: Found, isInline: boolean, reading: Reading): Template {
  const isElsewhere = false;
  if (isInline && place)
    return { part, isElsewhere, spec: fields, specPlace: place, metadata: fields, metadataPlace: place };
  const spec = reading.object(fields, 'spec', place);
  if (spec === undefined) reading.error('no-pod-spec', at(place, 'spec'), 'a pod spec is required');
  const own = place && (reading.object(fields, 'metadata', place) ?? {});
  const [specPlace, metadataPlace] = [at(place, 'spec'), at(place, 'metadata')];
  return { part, isElsewhere, spec: spec ?? {}, specPlace, metadata: own, metadataPlace };
}

/** The template of an object that names another one for it. */
const ELSEWHERE: Template = {
  part: '',
  isElsewhere: true,
  spec: {},
  specPlace: at(at(at(undefined, 'spec'), 'template'), 'spec'),
  metadata: {},
  metadataPlace: at(at(at(undefined, 'spec'), 'template'), 'metadata'),
};

/** The pod templates of an object. Of several kinds of template in one object, those that are there; else the one that must be there. */
export function foundTemplates(row: WorkloadKind, fields: Fields, reading: Reading): readonly Template[] {
  if (row.reference !== undefined && isFields(valueAt(fields, row.reference))) return [ELSEWHERE];
  const isNeeded = row.templates.length === 1;
  return row.templates.flatMap(({ path, part, isInline }: TemplatePlace) =>
    follow({ fields, place: undefined, part }, path, isNeeded, reading).map(found =>
      templateAt(found, isInline, reading),
    ),
  );
}
