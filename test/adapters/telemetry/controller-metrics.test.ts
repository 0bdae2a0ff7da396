import { expect, test } from 'vitest';
import { createControllerMetrics } from '../../../src/adapters/telemetry/controller-metrics.ts';

const metrics = (now: () => number) =>
  createControllerMetrics(
    {
      queueDepth: () => 3,
      failingNamespaces: () => 1,
      heldPods: () => 2,
      isLeader: () => true,
      viewAgeSeconds: () => 0,
    },
    now,
  );

test('the metrics count what was done, and say what fails and since when', async () => {
  let now = 5_000;
  const { action, lifted, election, expose } = metrics(() => now);
  action('apply-policy', 'done');
  action('lift-gate', 'refused');
  now = 9_000;
  action('lift-gate', 'unanswered');
  lifted(300);
  election('led');
  const { text } = await expose();
  for (const line of [
    'chokepoint_controller_actions_total{action="apply-policy",outcome="done"} 1',
    'chokepoint_controller_actions_total{action="lift-gate",outcome="refused"} 1',
    'chokepoint_controller_failing_since_seconds{action="apply-policy"} 0',
    'chokepoint_controller_failing_since_seconds{action="lift-gate"} 5',
    'chokepoint_controller_pod_held_seconds_bucket{le="0.5"} 1',
    'chokepoint_controller_elections_total{outcome="led"} 1',
    'chokepoint_controller_queue_depth 3',
    'chokepoint_controller_leader 1',
    'chokepoint_controller_held_pods 2',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

test('one success ends a failure', async () => {
  const { action, expose } = metrics(() => 5_000);
  action('lift-gate', 'refused');
  action('lift-gate', 'absent');
  expect((await expose()).text).toContain('chokepoint_controller_failing_since_seconds{action="lift-gate"} 0\n');
});
