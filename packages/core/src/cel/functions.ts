import type { CelType } from './types.ts';
import { CelError, type CelValue, isOfType, typeNameOf } from './values.ts';

/** One signature of a function, and what it does. */
export interface Overload {
  readonly name: string;
  /** Called on its first argument: `text.size()`. */
  readonly isMember: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  run(...args: CelValue[]): CelValue;
}

/** Functions by name. */
export class FunctionTable {
  readonly #overloads = new Map<string, Overload[]>();

  constructor(overloads: readonly Overload[]) {
    for (const overload of overloads) {
      const known = this.#overloads.get(overload.name);
      if (known) known.push(overload);
      else this.#overloads.set(overload.name, [overload]);
    }
  }

  find(name: string, isMember: boolean): readonly Overload[] {
    return (this.#overloads.get(name) ?? []).filter((overload) => overload.isMember === isMember);
  }

  has(name: string): boolean {
    return this.#overloads.has(name);
  }
}

/** The overload for the values of a call. Throws a `CelError` where there is none. */
export function chooseOverload(name: string, overloads: readonly Overload[], args: readonly CelValue[]): Overload {
  for (const overload of overloads) if (fits(overload.params, args)) return overload;
  throw new CelError(`no such overload: ${name}(${args.map(typeNameOf).join(', ')})`);
}

function fits(params: readonly CelType[], args: readonly CelValue[]): boolean {
  if (params.length !== args.length) return false;
  for (let index = 0; index < args.length; index++) if (!isOfType(args[index]!, params[index]!)) return false;
  return true;
}

// biome-ignore lint/suspicious/noExplicitAny: the values are of the types that the signature names
type Body = (...args: any[]) => CelValue;

/** A function that stands alone: `size(x)`. */
export function global(name: string, params: CelType[], result: CelType, run: Body): Overload {
  return { name, isMember: false, params, result, run };
}

/** A function on a value: `x.size()`. */
export function member(name: string, params: CelType[], result: CelType, run: Body): Overload {
  return { name, isMember: true, params, result, run };
}
