import { createInputDecoder, type DecodedInput } from '../../src/app/report/check.ts';
import { createDecoder } from '../../src/core/kube/decode.ts';
import type { Manifest } from '../../src/core/manifest.ts';

/** Manifests as one decoded input. */
export function decodeManifests(manifests: readonly Manifest[]): DecodedInput {
  const decoder = createInputDecoder(createDecoder());
  for (const manifest of manifests) decoder.add(manifest);
  return decoder.finish();
}
