import { dirname } from 'node:path';
import { beforeAll } from 'vitest';
import { testCases } from '../cases/run-case.ts';
import { findBinaries } from '../control-plane/binaries.ts';

/** What kubectl and helm really build of inputs, and how that is judged. */
let path: string;
beforeAll(async () => {
  const { kubectl, helm } = await findBinaries(['kubectl', 'helm']);
  path = [kubectl, helm].map(dirname).join(':');
});

testCases(new URL('../cases-built/', import.meta.url), () => ({ PATH: path }));
