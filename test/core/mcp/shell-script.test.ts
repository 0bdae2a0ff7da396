// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of shells
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { expandReferences, MAX_CHARACTERS, readScript, type Shell } from '../../../src/core/mcp/shell-script.ts';

const shellOf = (variables: Readonly<Record<string, string>> = {}, positional: readonly string[] = ['sh']): Shell => ({
  variables: new Map(Object.entries(variables)),
  positional,
  budget: { characters: MAX_CHARACTERS, isSpent: false },
});
const PARAMETERS = ['sh', 'one', 'two words'];
const VARIABLES = { NAME: 'value', TWO: 'a b', EMPTY: '' };

/** The calls of `probe` that a script makes, as our reader has them. */
const readBy = (script: string): readonly (readonly string[])[] =>
  readScript(script, shellOf(VARIABLES, PARAMETERS))
    .filter(({ words }) => words[0] === 'probe')
    .map(({ words }) => words.slice(1));

/** The same as a real shell makes them. */
function runBy(script: string): readonly (readonly string[])[] {
  const probe =
    "probe() { printf 'probe' >&9; for each; do printf '\\037%s' \"$each\" >&9; done; printf '\\036' >&9; }\n";
  const output = execFileSync('bash', ['-c', `exec 9>&1 1>/dev/null 2>/dev/null\n${probe}${script}`, ...PARAMETERS], {
    env: VARIABLES,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output
    .split('\x1e')
    .slice(0, -1)
    .map(call => call.split('\x1f').slice(1));
}

describe('a script is read as bash runs it', () => {
  test.each([
    ['words', 'probe a  b\tc'],
    ['two commands', 'probe a; probe b'],
    ['two lines', 'probe a\nprobe b'],
    ['a list of both', 'probe a && probe b'],
    ['a comment', 'probe a # b\nprobe c'],
    ['a # in a word', 'probe a#b'],
    ['a # in quotes', 'probe "# a"'],
    ['a continuation line', 'probe a \\\n  b'],
    ['a continuation in a word', 'probe a\\\nb'],
    ['an escape', 'probe a\\ b \\"c \\\\'],
    ['single quotes', "probe 'a b' 'c\\n$NAME'"],
    ['an empty word', 'probe \'\' "" a'],
    ['double quotes', 'probe "a $NAME" "b \\"c\\" \\$d \\e"'],
    ['a continuation in double quotes', 'probe "a\\\nb"'],
    ['quotes in the middle of a word', 'probe a"b c"\'d e\'f'],
    ['ANSI quotes', "probe $'a\\tb\\x41\\101\\q\\'c'"],
    ['an x without digits in ANSI quotes', "probe $'\\xyz'"],
    ['quotes for translation', 'probe $"a b"'],
    ['a variable', 'probe $NAME ${NAME} "$NAME"x'],
    ['a variable of two words', 'probe $TWO "$TWO" x${TWO}y'],
    ['an empty variable', 'probe a $EMPTY b'],
    ['an empty variable in quotes', 'probe a "$EMPTY" b'],
    ['a variable that is not set', 'probe a$GONE b'],
    ['a lone dollar', 'probe $ a$ "$"'],
    ['a default of a variable that is set', 'probe ${NAME:-x}'],
    ['a default of one that is not', 'probe ${GONE:-x} ${GONE-y} ${EMPTY:-z}'],
    ['a default of two words', 'probe "${GONE:-x y}"'],
    ['an alternative', 'probe ${NAME:+x} a${GONE:+y}'],
    ['a default that is another variable', 'probe ${GONE:-$NAME}'],
    ['an assigned default', 'probe ${GONE:=x}'],
    ['an assignment', 'A=b; probe $A ${A}c'],
    ['an assignment in quotes', 'A="b c"; probe $A "$A"'],
    ['an assignment of a variable', 'A=$NAME; probe $A'],
    ['an exported assignment', 'export A=b; probe $A'],
    ['two exported assignments', 'export A=b C=d; probe $A $C'],
    ['a declared one', 'declare A=b; probe $A'],
    ['a second assignment', 'A=b; A=c; probe $A'],
    ['parameters', 'probe $1 "$2" $2 $3'],
    ['all parameters', 'probe "$@"'],
    ['all parameters in a word', 'probe "a$@b"'],
    ['all parameters, unquoted', 'probe $@ $*'],
    ['parameters that are set', 'set -- x y; probe "$@" $1'],
    ['parameters in braces', 'probe ${1} ${2}'],
    ['a substitution', 'probe $(echo a b) "$(echo a b)"'],
    ['a substitution by printf', 'probe "$(printf a\\\\tb)" $(printf %s x)'],
    ['backquotes', 'probe `echo a`'],
    ['backquotes in quotes', 'probe "`echo a b`"'],
    ['a substitution in a substitution', 'probe $(echo $(echo a) b)'],
    ['quotes in a substitution', "probe $(echo 'a)' b)"],
    ['a substitution that calls', 'A=$(probe a); probe b'],
    ['a substitution that prints without a newline', 'probe $(echo -n a)'],
    ['braces', 'probe {a,b} x{c,d}y'],
    ['braces in quotes', 'probe "{a,b}"'],
    ['braces with one part', 'probe {a} {}'],
    ['braces that are not closed', 'probe {a,b'],
    ['a redirection', 'probe a > /dev/null b'],
    ['a redirection of a number', 'probe a 2>/dev/null'],
    ['a redirection of both', 'probe a &>/dev/null b'],
    ['a redirection to a number', 'probe a 2>&1 b'],
    ['a word before a redirection', 'probe a>/dev/null'],
    ['a subshell', '(probe a; probe b)'],
    ['a group', '{ probe a; }; probe b'],
    ['a loop', 'for A in x; do probe $A; done'],
    ['a here-document', 'cat <<END\nprobe no\nEND\nprobe a'],
    ['a here-document with tabs', 'cat <<-END\n\tprobe no\n\tEND\nprobe a'],
    ['a here-string', 'probe a <<< b'],
    ['a backslash that echo leaves', `probe "$(echo 'a\\tb')"`],
    ['backquotes in backquotes', 'probe `echo \\`echo a\\` b`'],
    ['backquotes in backquotes in quotes', 'probe "`echo \\`echo a\\` b`"'],
    ['an escaped bracket in a substitution', 'probe $(echo \\) a)'],
    ['braces in quotes beside others', 'probe {a,b}"{c,d}" "{e,f}"'],
    ['braces in quotes behind a word', 'probe a"{b,c}"'],
    ['a redirection of input, and the next line', 'probe a </dev/null\nprobe b'],
    ['two here-documents of one command', 'cat <<A <<B\nprobe 1\nA\nprobe 2\nB\nprobe a'],
    ['a here-document of no command', '<<END\nprobe no\nEND\nprobe a'],
    ['options that are set', 'set -e; probe $1'],
    ['dashes that are no set', 'probe -- x; probe $1'],
    ['words like those of a loop', 'probe NAME in b; probe $NAME'],
    ['a declared one with an option', 'declare -x A=b; probe $A'],
    ['in the background', 'probe a & wait; probe b'],
  ])('%s', (_, script) => {
    const calls = runBy(script);
    expect(calls.length).toBeGreaterThan(0);
    // Reserved words stand before the command that they begin, as the finder of programs takes them.
    expect(readBy(script.replaceAll(/\{ (?=probe)|do (?=probe)/g, match => `${match.trim()};`))).toEqual(calls);
  });
});

describe('what only a running shell knows is empty', () => {
  test.each([
    ['its numbers', 'probe a$$b $? c$#', [['ab', 'c']]],
    ['arithmetic, which calls nothing', 'probe a$((probe + 1))b', [['ab']]],
    ['the name of a process substitution', 'probe a <(probe b)', [['b'], ['a']]],
    ['what another program writes', 'probe a$(date)b', [['ab']]],
  ])('%s', (_, script, calls) => {
    expect(readBy(script)).toEqual(calls);
  });
});

describe('a script that breaks off is read to its end', () => {
  test.each([
    ['in single quotes', "probe 'a b", [['a b']]],
    ['in double quotes', 'probe "a b', [['a b']]],
    ['in ANSI quotes', "probe $'a b", [['a b']]],
    ['in backquotes', 'probe `echo a', [['a']]],
    ['in a substitution', 'probe $(echo a', [['a']]],
    ['after a backslash', 'probe a \\', [['a', '']]],
    ['after a redirection', 'probe a >', [['a']]],
    ['in a comment', 'probe a # b', [['a']]],
  ])('%s', (_, script, calls) => {
    expect(readBy(script)).toEqual(calls);
  });
});

describe('what a command reads is what the script gives it', () => {
  test.each([
    ['a here-document', 'sh <<END\na\nb\nEND', 'a\nb'],
    ['a here-document whose end is quoted', "sh <<'END'\na $NAME\nEND", 'a $NAME'],
    ['a here-document with tabs', 'sh <<-END\n\ta\n\tEND', '\ta'],
    ['a here-document with its end in tabs that stay', 'sh <<END\na\n\tEND\nEND', 'a\n\tEND'],
    ['a here-document that does not end', 'sh <<END\na', 'a'],
    ['a here-string', 'sh <<< "a b"', 'a b'],
    ['what echo writes', 'echo a "b c" | sh', 'a b c'],
    ['what echo writes without its options', 'echo -n -e a | sh', 'a'],
    ['what printf writes', "printf 'a\\nb' | sh", 'a\nb'],
    ['what printf writes by a format', "printf '%s\\n' a | sh", 'a'],
    ['what is written with standard error', 'echo a |& sh', 'a'],
    ['what passes through tee', 'echo a | tee log | sh', 'a'],
    ['what cat reads', 'cat <<END | sh\na\nEND', 'a'],
    ['a here-string that begins with a dash', 'sh <<<-b', '-b'],
    ['a pipe without spaces', 'echo a|sh', 'a'],
    ['what another program writes', 'curl x | sh', ''],
    ['nothing after ||', 'echo a || sh', ''],
    ['nothing after || without spaces', 'echo a||sh', ''],
    ['nothing after a newline', 'echo a\nsh', ''],
  ])('%s', (_, script, input) => {
    expect(readScript(script, shellOf()).findLast(({ words }) => words[0] === 'sh')?.input).toBe(input);
  });
});

describe('the work is bounded', () => {
  const spent = (script: string, characters = MAX_CHARACTERS) => {
    const shell: Shell = { ...shellOf(), budget: { characters, isSpent: false } };
    return [readScript(script, shell).map(({ words }) => words.join(' ')), shell.budget.isSpent];
  };
  const nested = (depth: number): string => `${'$('.repeat(depth)}a${')'.repeat(depth)}`;

  test.each([
    ['a script of the whole budget', 'a b', 3, ['a b'], false],
    ['a script of one character more', 'a b', 2, ['a'], true],
    ['an expansion past it', 'A=aaaaaaaa; $A$A', 30, ['A=aaaaaaaa', 'aaaaaaaa'], true],
    ['an expansion of the whole budget', 'A=aa; $A', 10, ['A=aa', 'aa'], false],
    ['an expansion of one character more', 'A=aa; $A', 9, ['A=aa'], true],
    ['no budget at all', 'a', 0, [], true],
  ])('%s', (_, script, characters, commands, isSpent) => {
    expect(spent(script, characters)).toEqual([commands, isSpent]);
  });

  test.each([
    [16, ['a'], false],
    [17, [], true],
  ])('of substitutions %i deep the commands are %j; something is left unread: %s', (depth, commands, isSpent) => {
    expect(spent(nested(depth))).toEqual([commands, isSpent]);
  });
});

describe('references of the kubelet', () => {
  const VALUES = new Map([
    ['A', 'x'],
    ['B', '$(A)'],
  ]);

  test.each([
    ['no reference', 'a b', 'a b'],
    ['a variable', 'a $(A) b', 'a x b'],
    ['two', '$(A)$(A)', 'xx'],
    ['a value is not expanded again', '$(B)', '$(A)'],
    ['one that is not known', '$(C)', '$(C)'],
    ['an escaped one', '$$(A)', '$(A)'],
    ['two dollars', '$$', '$'],
    ['a lone dollar', '$A $', '$A $'],
    ['one that is not closed', '$(A', '$(A'],
    ['names that objects inherit', '$(constructor)', '$(constructor)'],
  ])('%s', (_, text, expanded) => {
    expect(expandReferences(text, VALUES)).toBe(expanded);
  });

  test('what becomes too long is cut to one character more', () => {
    const long = new Map([['A', 'x'.repeat(1000)]]);
    expect(expandReferences('$(A)'.repeat(1000), long)).toHaveLength(MAX_CHARACTERS + 1);
    expect(expandReferences('$(A)'.repeat(10), long)).toHaveLength(10_000);
  });
});
