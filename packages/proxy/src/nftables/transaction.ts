import { isHookLine, type NftSet, type Ruleset } from './ruleset.ts';

/** Rules refer to chains and sets, so that everything new is declared first and everything old is deleted last. */
class Script {
  readonly #table: string;
  readonly #declare: string[] = [];
  readonly #fill: string[] = [];
  readonly #unlink: string[] = [];
  readonly #remove: string[] = [];

  constructor(table: string) {
    this.#table = table;
  }

  declareChain(name: string, rules: readonly string[]): void {
    const hook = isHookLine(rules[0]) ? ` { ${rules[0]} }` : '';
    this.#declare.push(`add chain inet ${this.#table} ${name}${hook}`);
  }

  declareSet(name: string, { declaration }: NftSet): void {
    const [type, ...body] = declaration.split(' ');
    this.#declare.push(`add ${type} inet ${this.#table} ${name} ${body.join(' ')}`);
  }

  fillChain(name: string, rules: readonly string[]): void {
    for (const rule of isHookLine(rules[0]) ? rules.slice(1) : rules)
      this.#fill.push(`add rule inet ${this.#table} ${name} ${rule}`);
  }

  flushChain(name: string): void {
    this.#unlink.push(`flush chain inet ${this.#table} ${name}`);
  }

  deleteElements(set: string, keys: readonly string[]): void {
    if (keys.length > 0) this.#unlink.push(`delete element inet ${this.#table} ${set} { ${keys.join(', ')} }`);
  }

  addElements(set: string, elements: readonly (readonly [string, string])[]): void {
    if (elements.length === 0) return;
    const texts = elements.map(([key, verdict]) => (verdict ? `${key} : ${verdict}` : key));
    this.#fill.push(`add element inet ${this.#table} ${set} { ${texts.join(', ')} }`);
  }

  remove(type: 'chain' | 'set' | 'map', name: string): void {
    this.#remove.push(`delete ${type} inet ${this.#table} ${name}`);
  }

  /** Declarations, then old links cut, then new content, then what nothing refers to any more. */
  toString(): string {
    const lines = [...this.#declare, ...this.#unlink, ...this.#fill, ...this.#remove];
    return lines.length > 0 ? `${lines.join('\n')}\n` : '';
  }
}

const typeOf = (set: NftSet) => (set.declaration.startsWith('map') ? 'map' : 'set');
const sameRules = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((rule, i) => rule === b[i]);

function diffElements(script: Script, name: string, before: NftSet | undefined, after: NftSet): void {
  if (!after.elements) return;
  const old = before?.elements ?? new Map<string, string>();
  const changed = [...after.elements].filter(([key, verdict]) => old.get(key) !== verdict);
  const gone = [...old.keys()].filter((key) => !after.elements?.has(key));
  // A key that is added again with another verdict fails, so it is deleted first in the same transaction.
  const replaced = changed.map(([key]) => key).filter((key) => old.has(key));
  script.deleteElements(name, [...gone, ...replaced]);
  script.addElements(name, changed);
}

function diffChains(script: Script, before: Ruleset['chains'], after: Ruleset['chains']): void {
  for (const [name, rules] of after) {
    const old = before.get(name);
    if (!old) script.declareChain(name, rules);
    if (old && sameRules(old, rules)) continue;
    if (old) script.flushChain(name);
    script.fillChain(name, rules);
  }
  for (const name of before.keys()) {
    if (after.has(name)) continue;
    script.flushChain(name);
    script.remove('chain', name);
  }
}

/** The nft script, one transaction, that turns `before` into `after`; '' when they are the same. */
export function transaction(before: Ruleset, after: Ruleset): string {
  const script = new Script(after.table);
  for (const [name, set] of after.sets) {
    const old = before.sets.get(name);
    if (!old || old.declaration !== set.declaration) script.declareSet(name, set);
    diffElements(script, name, old, set);
  }
  diffChains(script, before.chains, after.chains);
  for (const [name, set] of before.sets) if (!after.sets.has(name)) script.remove(typeOf(set), name);
  return script.toString();
}

/** A script that makes the table anew, whatever it held. */
export function wholeTable(ruleset: Ruleset): string {
  const empty: Ruleset = { table: ruleset.table, sets: new Map(), chains: new Map() };
  const fresh = [
    `add table inet ${ruleset.table}`,
    `delete table inet ${ruleset.table}`,
    `add table inet ${ruleset.table}`,
  ];
  return `${fresh.join('\n')}\n${transaction(empty, ruleset)}`;
}
