import { expect, test } from 'vitest';
import { soak } from '../soak/soak.ts';
import { notPassed, summaryText } from '../soak/summary.ts';
import { sharedCluster } from './shared-cluster.ts';

/** A sample of `npm run soak`: what it takes is told and not judged, as others work on the machine. */

test('ordinary work and attacks at once open no server', async () => {
  const cluster = sharedCluster();
  const result = await soak(cluster, { seconds: 20, seed: 1 });
  cluster.close();
  process.stderr.write(`${summaryText(result, false)}\n`);
  const { attack, ended, bugs, ordinary } = result;
  expect(attack.wrongAllows).toEqual([]);
  expect({ broken: attack.broken, ended, bugs }).toEqual({ broken: [], ended: [], bugs: [] });
  const judged = notPassed(result).filter(({ message }) => message.includes('denied the request'));
  expect(judged).toEqual([]);
  expect(ordinary.length).toBeGreaterThan(0);
  expect(attack.records.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(0);
});
