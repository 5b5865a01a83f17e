import { compilePattern, PatternError } from './re2.ts';
import { durationOfText, timestampOfText } from './standard-functions.ts';
import type { CelIssue, Entry, Expression } from './syntax.ts';
import { type CelType, prune, typeText } from './types.ts';
import { CelError } from './values.ts';

/**
 * Rules for literals beyond their types: lists and maps have values of one type, except as arguments of `format`; durations, times
 * and regular expressions that are written out are right.
 */
export function literalIssues(expression: Expression, types: ReadonlyMap<Expression, CelType>): CelIssue[] {
  const issues: CelIssue[] = [];
  visit(expression, false, (part, isExempt) => {
    if (part.type === 'call') issues.push(...argumentIssues(part));
    if (isExempt) return;
    if (part.type === 'list') issues.push(...mixedIssues(part.items, types));
    if (part.type === 'map') {
      const keys = part.entries.map(({ key }) => ({ value: key, isOptional: false }));
      issues.push(...mixedIssues(keys, types), ...mixedIssues(part.entries, types));
    }
  });
  return issues;
}

function visit(part: Expression, isExempt: boolean, see: (part: Expression, isExempt: boolean) => void): void {
  see(part, isExempt);
  const isWithin = isExempt || (part.type === 'call' && part.name === 'format');
  for (const child of partsOf(part)) visit(child, isWithin, see);
}

/** The expressions that an expression is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'select':
    case 'has':
      return [expression.operand];
    case 'call':
      return expression.target ? [expression.target, ...expression.args] : expression.args;
    case 'list':
      return expression.items.map(({ value }) => value);
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expression.fields.map(({ value }) => value);
    case 'macro':
      return [expression.range, ...expression.args];
    default:
      return [];
  }
}

function mixedIssues(entries: readonly Entry[], types: ReadonlyMap<Expression, CelType>): CelIssue[] {
  const [first, ...others] = entries.map(({ value, isOptional }) => {
    const type = prune(types.get(value)!);
    return { at: value.at, text: typeText(isOptional && type.kind === 'optional' ? type.of : type) };
  });
  const other = others.find(({ text }) => text !== first!.text);
  return other ? [{ at: other.at, text: `expected type '${first!.text}' but found '${other.text}'` }] : [];
}

const CHECKS: Readonly<Record<string, (text: string) => unknown>> = {
  duration: durationOfText,
  timestamp: timestampOfText,
  matches: compilePattern,
};

function argumentIssues({ name, target, args }: Extract<Expression, { type: 'call' }>): CelIssue[] {
  if (name === 'matches' && !target) return [];
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
  const [arg] = args;
  if (!check || arg?.type !== 'literal' || arg.value.kind !== 'string') return [];
  try {
    check(arg.value.value);
    return [];
  } catch (error) {
    if (!(error instanceof CelError) && !(error instanceof PatternError)) throw error;
    return [{ at: arg.at, text: `invalid ${name} argument` }];
  }
}
