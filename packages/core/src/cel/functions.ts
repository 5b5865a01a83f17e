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
  const fitting = overloads.find(
    ({ params }) => params.length === args.length && params.every((param, index) => isOfType(args[index]!, param)),
  );
  if (fitting) return fitting;
  throw new CelError(`no such overload: ${name}(${args.map(typeNameOf).join(', ')})`);
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
