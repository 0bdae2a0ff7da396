import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { runProgram } from './packed.ts';

/** The repository, where the action lies. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A step of a composite action (docs.github.com, "Metadata syntax for GitHub Actions"). */
interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** action.yml, as far as it is read. */
export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export const ACTION = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as Action;

/** What a job leaves behind. */
export interface Job {
  readonly isFailed: boolean;
  readonly outputs: ReadonlyMap<string, string>;
  readonly summary: string;
  /** Standard output and error of the scripts. */
  readonly log: string;
  /** Actions that were used, with their evaluated inputs. */
  readonly used: readonly { readonly uses: string; readonly with: Readonly<Record<string, string>> }[];
}

/** Contexts of expressions by their dotted names: `inputs.chart`, `steps.check.outputs.deny`. What is absent is empty. */
type Context = Map<string, string>;

const EXPRESSION = /^\$\{\{\s*(.*?)\s*\}\}$/;

const evaluated = (text: string, context: Context): string => {
  const name = EXPRESSION.exec(text)?.[1];
  return name === undefined ? text : (context.get(name) ?? '');
};

/** The only conditions that the action is written with. */
function holds(condition: string, context: Context, isFailed: boolean): boolean {
  const inner = EXPRESSION.exec(condition)?.[1] ?? condition;
  const isAlways = inner.includes('!cancelled()');
  const terms = inner.split(' && ').filter(term => term !== '!cancelled()' && term !== 'success()');
  const isTrue = (term: string): boolean => {
    const [, name = '', operator, text, word] = /^([\w.-]+) (==|!=) (?:'(.*)'|(true))$/.exec(term) ?? [];
    if (operator === undefined) throw new Error(`not a condition that this runner knows: ${term}`);
    return ((context.get(name) ?? '') === (text ?? word)) === (operator === '==');
  };
  return (isAlways || !isFailed) && terms.every(isTrue);
}

/** The lines `name=value` of a step's output file. */
function readOutputs(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** What a run is made with besides its inputs. */
export interface Surroundings {
  /** Over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The `github` context, by dotted names. */
  readonly github?: Readonly<Record<string, string>>;
  /** Steps that are taken for done, by id, with their outputs. */
  readonly done?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const setOutputs = (context: Context, id: string, outputs: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(outputs)) context.set(`steps.${id}.outputs.${name}`, value);
};

/** The contexts at the start of a job. */
function contextOf(inputs: Readonly<Record<string, string>>, { github = {}, done = {} }: Surroundings): Context {
  const context: Context = new Map([['github.action_path', ROOT]]);
  for (const [name, value] of Object.entries(github)) context.set(`github.${name}`, value);
  for (const [name, { default: text = '' }] of Object.entries(ACTION.inputs)) context.set(`inputs.${name}`, text);
  for (const [name, value] of Object.entries(inputs)) context.set(`inputs.${name}`, value);
  for (const [id, outputs] of Object.entries(done)) setOutputs(context, id, outputs);
  return context;
}

const evaluatedAll = (texts: Readonly<Record<string, string>>, context: Context): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, evaluated(text, context)]));

/** Runs the scripts of the action one after the other as a runner does, in a workspace. Other actions are noted, not run. */
export async function runAction(
  folder: string,
  inputs: Readonly<Record<string, string>>,
  surroundings: Surroundings = {},
): Promise<Job> {
  const { env = {}, done = {} } = surroundings;
  const [workspace, temp, output, summary, script] = ['workspace', 'temp', 'output', 'summary', 'script.sh'].map(name =>
    join(folder, name),
  ) as [string, string, string, string, string];
  for (const path of [workspace, temp]) mkdirSync(path, { recursive: true });
  writeFileSync(summary, '');
  const context = contextOf(inputs, surroundings);
  const used: Job['used'][number][] = [];
  let log = '';
  let isFailed = false;

  const runScript = async ({ id = '', run = '', env: names = {} }: Step): Promise<void> => {
    writeFileSync(output, '');
    writeFileSync(script, run);
    const runner = { RUNNER_TEMP: temp, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary };
    // As a runner starts `shell: bash`.
    const ended = await runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: workspace,
      env: { ...env, ...evaluatedAll(names, context), ...runner },
    });
    log += ended.stdout + ended.stderr;
    isFailed ||= ended.status !== 0;
    context.set(`steps.${id}.outcome`, ended.status === 0 ? 'success' : 'failure');
    setOutputs(context, id, readOutputs(output));
  };

  for (const step of ACTION.runs.steps) {
    if (Object.hasOwn(done, step.id ?? '') || !holds(step.if ?? 'success()', context, isFailed)) continue;
    if (step.uses === undefined) await runScript(step);
    else used.push({ uses: step.uses, with: evaluatedAll(step.with ?? {}, context) });
  }
  const outputs = Object.entries(ACTION.outputs).map(([name, { value }]) => [name, evaluated(value, context)] as const);
  return { isFailed, outputs: new Map(outputs), summary: readFileSync(summary, 'utf8'), log, used };
}
