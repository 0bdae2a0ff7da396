import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { Question, Scene } from './demo-scene.ts';

type Expected = NonNullable<Question['expected']>;

/** One bundled review: what it asks, and what a gate that works answers. */
interface Step {
  readonly file: string;
  readonly asks: string;
  readonly expected: Expected;
}

/** A folder with its configuration, its world and the reviews that are sent to its gate. */
interface SampleCluster {
  readonly folder: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

const step = (file: string, expected: Expected, asks: string): Step => ({ file, asks, expected });

const CLUSTERS: readonly SampleCluster[] = [
  {
    folder: 'gke',
    title: 'A cluster on Google Cloud',
    steps: [
      step('01-server-without-a-policy', 'deny', 'create an MCP server that no NetworkPolicy selects'),
      step('02-the-same-as-a-dry-run', 'allow', 'the same as a dry run: its policy may be next in the bundle'),
      step('03-its-correct-policy', 'allow', 'create its correct policy'),
      step('04-server-with-its-policy', 'allow', 'update a server whose correct policy is there'),
      step('05-the-published-policy-for-gcp', 'allow', 'create the published policy for GCP, with its own ranges'),
      step('06-the-same-without-the-pod-range', 'deny', 'the same, but without the except for the pods'),
      step(
        '07-the-same-without-the-metadata-address',
        'deny',
        'the same, but without the except for the metadata address',
      ),
      step('08-the-same-with-one-dash-too-many', 'deny', 'the same, but with one dash too many before podSelector'),
      step('09-a-second-policy-that-admits-everybody', 'deny', 'add a second policy that admits everybody on one port'),
      step(
        '10-a-second-policy-that-opens-the-pod-range',
        'deny',
        'add a second policy that opens part of the pod range',
      ),
      step('11-deleting-the-policy-of-a-server', 'deny', 'delete the policy of a server'),
      step('12-a-deployment-that-is-no-server', 'allow', 'create a Deployment that is no MCP server'),
    ],
  },
  {
    folder: 'eks',
    title: 'A cluster on AWS',
    steps: [
      step('01-the-published-policy-for-aws', 'allow', 'create the published policy for AWS, with its own ranges'),
      step('02-the-same-without-the-vpc-range', 'deny', 'the same, but without the except for the VPC'),
      step('03-the-same-without-the-service-range', 'deny', 'the same, but without the except for the services'),
      step('04-the-same-with-all-of-ipv6', 'deny', 'the same, but with ::/0 beside it'),
    ],
  },
];

/** The folder of the bundled samples: beside the sources and beside the built command line, whichever of them runs. */
function samplesFolder(): string {
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const samples = path.join(folder, 'policies', 'demo');
    if (existsSync(samples)) return samples;
  }
  throw new GateError('missing-samples', 'policies/demo is not part of this installation');
}

function sceneOf(samples: string, { folder, title, steps }: SampleCluster): Scene {
  const cluster = path.join(samples, folder);
  return {
    title,
    world: [path.join(cluster, 'world')],
    config: path.join(cluster, 'chokepoint.yaml'),
    workingFolder: cluster,
    questions: steps.map(({ file, asks, expected }) => ({
      asks,
      expected,
      body: readFileSync(path.join(cluster, 'reviews', `${file}.json`)),
    })),
  };
}

/** The bundled clusters. Throws a GateError where the installation lacks them. */
export function sampleScenes(): readonly Scene[] {
  const samples = samplesFolder();
  return CLUSTERS.map(cluster => sceneOf(samples, cluster));
}
