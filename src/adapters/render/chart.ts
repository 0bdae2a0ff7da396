import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { isFields, own } from '../../core/kube/reading.ts';
import { readDocuments } from './yaml-file.ts';

/** A Helm chart in a folder of the input. */
export interface Chart {
  /** As the user would write it. */
  readonly path: string;
  readonly real: string;
  /** A library has nothing to install: other charts take their templates from it. */
  readonly isLibrary: boolean;
}

const CHART_FILE = 'Chart.yaml';
const API_VERSIONS: readonly unknown[] = ['v1', 'v2'];

/** What helm reads of a chart. Source: helm, pkg/chart/loader/load.go. */
const PARTS: readonly string[] = ['templates', 'charts', 'crds', CHART_FILE, 'Chart.lock', 'values.yaml'];
const MORE_PARTS: readonly string[] = ['values.schema.json', 'requirements.yaml', 'requirements.lock'];

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function chartAt(file: string): Chart | undefined {
  const [value] = readDocuments(file).values;
  if (!isFields(value) || !API_VERSIONS.includes(own(value, 'apiVersion')) || typeof own(value, 'name') !== 'string')
    return undefined;
  const path = dirname(file);
  const hasContent = ['templates', 'charts'].some(part => isThere(join(path, part))) || own(value, 'dependencies');
  if (!hasContent) return undefined;
  return { path, real: realpathSync(path), isLibrary: own(value, 'type') === 'library' };
}

/** Whether helm reads the file, by its real path, when it renders the chart. */
export function isPartOf({ real }: Chart, file: string): boolean {
  return [...PARTS, ...MORE_PARTS].some(part => file === join(real, part) || file.startsWith(join(real, part) + sep));
}

/** The charts of an input, given its files. One that lies in another's `charts` is a part of that. */
export function findCharts(files: readonly string[]): readonly Chart[] {
  const charts = files.filter(file => basename(file) === CHART_FILE).flatMap(file => chartAt(file) ?? []);
  return charts.filter(
    chart => !charts.some(other => other !== chart && isPartOf(other, join(chart.real, CHART_FILE))),
  );
}
