import { UNBOUNDED } from '../cel/cost-estimate.ts';
import { type FieldError, type FieldPath, fieldForbidden } from '../schema/validation.ts';
import { additionalOf, type JsonSchema } from './json-schema.ts';

/** What one rule may be estimated to cost, with all the values that it is evaluated for. */
export const CEL_RULE_COST_LIMIT = 10_000_000;
/** What all rules of a schema may be estimated to cost together. */
export const CEL_SCHEMA_COST_LIMIT = 100_000_000;
/** How many of the rules that make a schema too expensive are named. */
const MAX_NAMED = 4;

/** How many values of a schema's parts there are for each of its own; undefined where there is no limit. */
export function multiplicityOf(schema: JsonSchema): number | undefined {
  if (schema.type === 'array') return schema.maxItems;
  return schema.type === 'object' && additionalOf(schema) ? schema.maxProperties : 1;
}

/** Adds up what the rules of a schema are estimated to cost. */
export class RuleCosts {
  #total = 0;
  #expensive: { readonly path: FieldPath; readonly cost: number }[] = [];

  /** Takes note of a rule, and complains of one that alone is too expensive. */
  add(path: FieldPath, cost: number, what: string): FieldError[] {
    this.#total = Math.min(this.#total + cost, UNBOUNDED);
    if (cost >= CEL_SCHEMA_COST_LIMIT / 100) this.#expensive.push({ path, cost });
    return cost > CEL_RULE_COST_LIMIT ? [fieldForbidden(path, tooExpensive(what, cost, CEL_RULE_COST_LIMIT))] : [];
  }

  /** What is wrong with all of them together. */
  totalErrors(path: FieldPath): FieldError[] {
    if (this.#total <= CEL_SCHEMA_COST_LIMIT) return [];
    const named = [...this.#expensive].sort((a, b) => b.cost - a.cost).slice(0, MAX_NAMED);
    const share = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...named.map((rule) => fieldForbidden(rule.path, share)),
      fieldForbidden(path, tooExpensive(what, this.#total, CEL_SCHEMA_COST_LIMIT)),
    ];
  }
}

function tooExpensive(what: string, cost: number, limit: number): string {
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${factorText(cost / limit)} (${advice})`;
}

/** Enough digits never to say a factor of 1.0. */
function factorText(factor: number): string {
  if (factor > 100) return 'more than 100x';
  return `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
}
