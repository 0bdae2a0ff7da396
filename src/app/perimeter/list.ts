import { csvRow } from '../../core/csv-text.ts';
import type { PerimeterPhase } from '../../core/gate/types.ts';
import { type AddressSet, toCidrs } from '../../core/net/addresses.ts';
import { headText } from './head.ts';
import type { PerimeterPlan, PerimeterRule } from './rules.ts';

const SAYS = [
  'For what has no language of its own here: NAC, switches, host firewalls, address lists of appliances.',
  'Rules in order, the first that matches decides; what none matches is left to your other rules. "any" is everything.',
];
const LOAD = ['carry the rows over as rules, or as address lists that rules refer to: docs/perimeter.md'];
const ROLL_BACK = ['take out the rules that these rows became'];

/** What becomes of a connection that a rule matches. */
const verdictOf = ({ verdict }: PerimeterRule, phase: PerimeterPhase): string =>
  verdict === 'pass' ? 'pass' : phase === 'log' ? 'log' : 'deny';

const blocks = (set: AddressSet | undefined): readonly string[] => (set === undefined ? ['any'] : toCidrs(set));

/** A rule as data. */
const ruleOf = (rule: PerimeterRule, order: number, phase: PerimeterPhase) => ({
  order: order + 1,
  name: rule.name,
  verdict: verdictOf(rule, phase),
  from: blocks(rule.from),
  to: blocks(rule.to),
  except: rule.except === undefined ? [] : toCidrs(rule.except),
  ports: rule.ports === undefined ? ['any'] : rule.ports.map(port => `tcp/${port}`),
  why: rule.why,
});

const headOf = ({ phase, unseen }: PerimeterPlan, mark: string): string =>
  headText({ what: 'List of the rules', says: SAYS, load: LOAD, rollBack: ROLL_BACK, unseen }, phase, mark);

const COLUMNS = ['order', 'name', 'verdict', 'from', 'to', 'except', 'ports', 'why'] as const;

/** A row for each rule, for spreadsheets and for programs; lists with a space between. */
export function csvText(plan: PerimeterPlan): string {
  const rows = plan.rules.map((rule, order) => {
    const told = ruleOf(rule, order, plan.phase);
    return COLUMNS.map(column => {
      const value = told[column];
      return typeof value === 'object' ? value.join(' ') : String(value);
    });
  });
  return `${headOf(plan, '#')}\n${[[...COLUMNS], ...rows].map(csvRow).join('')}`;
}

/** The same as JSON, which has no comments: the head is in `about`. */
export function jsonText(plan: PerimeterPlan): string {
  const about = headOf(plan, '')
    .split('\n')
    .map(line => line.trimEnd().replace(/^ /, ''))
    .filter(line => line !== '');
  const rules = plan.rules.map((rule, order) => ruleOf(rule, order, plan.phase));
  return `${JSON.stringify({ about, phase: plan.phase, rules }, null, 2)}\n`;
}
