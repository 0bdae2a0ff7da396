import type { CiliumCidrGroup } from './cilium.ts';
import { decodeMeta } from './decode-meta.ts';
import type { CidrReader } from './decode-peers.ts';
import { at, type Fields, type Reading } from './reading.ts';

const GROUP_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
const SPEC = at(undefined, 'spec');

/** cilium.io/v2 and v2alpha1 CiliumCIDRGroup. Text that is no block is left out, as the agent does, and makes the group `incomplete`. */
export function decodeCidrGroup(fields: Fields, reading: Reading, readCidr: CidrReader): CiliumCidrGroup {
  reading.knownFields(fields, GROUP_FIELDS, undefined);
  const meta = decodeMeta(fields, reading, 'cluster');
  const spec = reading.object(fields, 'spec', undefined) ?? {};
  reading.knownFields(spec, new Set(['externalCIDRs']), SPEC);
  const blocks = reading.strings(spec, 'externalCIDRs', SPEC).map((text, index) => {
    const cidr = readCidr(text);
    if (cidr.range === undefined)
      reading.error('invalid-cidr', at(at(SPEC, 'externalCIDRs'), index), `"${cidr.text}" is no CIDR block`);
    return cidr;
  });
  return { kind: 'CiliumCIDRGroup', meta, blocks, incomplete: reading.failed };
}
