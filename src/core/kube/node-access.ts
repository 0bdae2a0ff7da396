import { type At, at, type Fields, own, pathText, type Reading } from './reading.ts';

/** Something by which a Pod asks for a part of its node. Which of them weigh is for a rule to say. */
export interface NodeAccess {
  /** The field of the API, in the singular. */
  readonly by: 'privileged' | 'hostProcess' | 'procMount' | 'capability' | 'hostPID' | 'hostIPC' | 'hostPath';
  /** Name of the capability, of the kind of procMount, or the path; empty otherwise. */
  readonly value: string;
  /** Field path inside the object. */
  readonly path: string;
}

/** Nearly every Pod asks for nothing: they share this. */
export const NO_NODE_ACCESS: readonly NodeAccess[] = [];

function hostProcess(context: Fields, place: At, reading: Reading): readonly NodeAccess[] {
  const options = reading.object(context, 'windowsOptions', place);
  if (options === undefined || own(options, 'hostProcess') !== true) return NO_NODE_ACCESS;
  return [{ by: 'hostProcess', value: '', path: pathText(at(at(place, 'windowsOptions'), 'hostProcess')) }];
}

/** What the securityContext of a container asks for. */
export function containerAccess(container: Fields, place: At, reading: Reading): readonly NodeAccess[] {
  const context = reading.object(container, 'securityContext', place);
  if (context === undefined) return NO_NODE_ACCESS;
  const contextPlace = at(place, 'securityContext');
  const capabilitiesPlace = at(contextPlace, 'capabilities');
  const capabilities = reading.object(context, 'capabilities', contextPlace) ?? {};
  const procMount = reading.string(context, 'procMount', contextPlace) ?? '';
  const added = reading.strings(capabilities, 'add', capabilitiesPlace);
  const found: NodeAccess[] = added.map((value, index) => ({
    by: 'capability',
    value,
    path: pathText(at(at(capabilitiesPlace, 'add'), index)),
  }));
  if (reading.boolean(context, 'privileged', contextPlace))
    found.push({ by: 'privileged', value: '', path: pathText(at(contextPlace, 'privileged')) });
  if (procMount !== '')
    found.push({ by: 'procMount', value: procMount, path: pathText(at(contextPlace, 'procMount')) });
  found.push(...hostProcess(context, contextPlace, reading));
  return found.length === 0 ? NO_NODE_ACCESS : found;
}

function hostPaths(spec: Fields, place: At, reading: Reading): readonly NodeAccess[] {
  return reading.list(spec, 'volumes', place).flatMap((item, index) => {
    const volumePlace = at(at(place, 'volumes'), index);
    const volume = reading.fields(item, volumePlace);
    const host = volume && reading.object(volume, 'hostPath', volumePlace);
    if (host === undefined) return NO_NODE_ACCESS;
    const hostPlace = at(volumePlace, 'hostPath');
    const value = reading.string(host, 'path', hostPlace) ?? '';
    return [{ by: 'hostPath' as const, value, path: pathText(at(hostPlace, 'path')) }];
  });
}

/** What a Pod's spec asks for beside its containers. A volume counts whether or not it is mounted: an ephemeral container can mount it later. */
export function podAccess(spec: Fields, place: At, reading: Reading): readonly NodeAccess[] {
  const found: NodeAccess[] = (['hostPID', 'hostIPC'] as const)
    .filter(by => reading.boolean(spec, by, place))
    .map(by => ({ by, value: '', path: pathText(at(place, by)) }));
  const context = reading.object(spec, 'securityContext', place);
  if (context !== undefined) found.push(...hostProcess(context, at(place, 'securityContext'), reading));
  found.push(...hostPaths(spec, place, reading));
  return found.length === 0 ? NO_NODE_ACCESS : found;
}
