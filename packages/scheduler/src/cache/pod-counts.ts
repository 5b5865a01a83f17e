import type { Pod } from '@kubets/api';

/** Selections counted at the same time; the one used longest ago is forgotten. */
const SELECTION_LIMIT = 512;

/** Some pods: those that `matches` accepts. `key` says the same in text, so that equal selections are counted once. */
export interface PodSelection {
  readonly key: string;
  matches(pod: Pod): boolean;
}

interface Counted {
  readonly selection: PodSelection;
  readonly perNode: Map<string, number>;
  total: number;
}

/**
 * How many pods of a selection each node has. Spreading and affinity ask this for every pod to be scheduled; keeping the counts
 * with every change makes the answer independent of the number of pods.
 */
export class PodCounts {
  readonly #counted = new Map<string, Counted>();

  /** Counts by node name; nodes without such pods are absent. `all` is walked when the selection is new. */
  perNode(selection: PodSelection, all: () => Iterable<{ pod: Pod; node: string }>): ReadonlyMap<string, number> {
    const known = this.#counted.get(selection.key);
    if (known) {
      this.#counted.delete(selection.key);
      this.#counted.set(selection.key, known);
      return known.perNode;
    }
    const counted: Counted = { selection, perNode: new Map(), total: 0 };
    for (const { pod, node } of all()) if (selection.matches(pod)) change(counted, node, 1);
    this.#counted.set(selection.key, counted);
    if (this.#counted.size > SELECTION_LIMIT) {
      for (const oldest of this.#counted.keys()) {
        this.#counted.delete(oldest);
        break;
      }
    }
    return counted.perNode;
  }

  add(pod: Pod, node: string): void {
    for (const counted of this.#counted.values()) if (counted.selection.matches(pod)) change(counted, node, 1);
  }

  remove(pod: Pod, node: string): void {
    for (const counted of this.#counted.values()) if (counted.selection.matches(pod)) change(counted, node, -1);
  }
}

function change(counted: Counted, node: string, by: number): void {
  const count = (counted.perNode.get(node) ?? 0) + by;
  if (count > 0) counted.perNode.set(node, count);
  else counted.perNode.delete(node);
  counted.total += by;
}
