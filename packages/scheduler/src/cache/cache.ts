import type { Node, Pod } from '@kubets/api';
import { keyOf } from '@kubets/client';
import { NodeInfo } from './node-info.ts';
import { PodCounts, type PodSelection } from './pod-counts.ts';

/** The cluster as plugins see it while they judge nodes. */
export interface ClusterView {
  /** Nodes that exist, in the order in which they are tried. */
  nodes(): readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  /** Pods of a selection by node name. */
  countPods(selection: PodSelection): ReadonlyMap<string, number>;
  /** Nodes on which pods with rules about other pods run. */
  nodesWithAffinityPods(): Iterable<NodeInfo>;
}

interface Placed {
  readonly pod: Pod;
  readonly node: string;
  readonly assumed: boolean;
}

/** Nodes and the pods on them: those bound, as the informers tell, and those that this scheduler has just decided on. */
export class SchedulerCache implements ClusterView {
  readonly #infos = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, Placed>();
  readonly #counts = new PodCounts();
  readonly #withAffinity = new Set<NodeInfo>();
  #ordered: NodeInfo[] | undefined;
  readonly #existing = new Set<string>();

  nodes(): readonly NodeInfo[] {
    this.#ordered ??= interleaveZones([...this.#existing].flatMap((name) => this.#infos.get(name) ?? []));
    return this.#ordered;
  }

  node(name: string): NodeInfo | undefined {
    return this.#existing.has(name) ? this.#infos.get(name) : undefined;
  }

  countPods(selection: PodSelection): ReadonlyMap<string, number> {
    return this.#counts.perNode(selection, () => this.#placed.values());
  }

  nodesWithAffinityPods(): Iterable<NodeInfo> {
    return this.#withAffinity;
  }

  setNode(node: Node): void {
    const name = node.metadata.name ?? '';
    this.#info(name, node).setNode(node);
    this.#existing.add(name);
    this.#ordered = undefined;
  }

  /** Pods may outlive their node for a while; what is counted of them stays for the case that it comes back. */
  removeNode(name: string): void {
    this.#existing.delete(name);
    this.#ordered = undefined;
    if (this.#infos.get(name)?.pods.size === 0) this.#infos.delete(name);
  }

  /** Counts a pod on a node before the API server knows of it. */
  assume(pod: Pod, node: string): void {
    this.#place({ pod, node, assumed: true });
  }

  /** Takes back `assume`, when binding has failed. */
  forget(pod: Pod): void {
    if (this.#placed.get(keyOf(pod))?.assumed) this.#unplace(keyOf(pod));
  }

  isAssumed(key: string): boolean {
    return this.#placed.get(key)?.assumed ?? false;
  }

  has(key: string): boolean {
    return this.#placed.has(key);
  }

  setPod(pod: Pod): void {
    const key = keyOf(pod);
    const old = this.#placed.get(key);
    const node = pod.spec.nodeName ?? '';
    // A status update changes nothing that is counted.
    if (old && !old.assumed && old.node === node && sameForCounting(old.pod, pod)) {
      this.#placed.set(key, { pod, node, assumed: false });
      this.#infos.get(node)?.pods.set(key, pod);
      return;
    }
    if (old) this.#unplace(key);
    this.#place({ pod, node, assumed: false });
  }

  removePod(key: string): void {
    this.#unplace(key);
  }

  #place(placed: Placed): void {
    const key = keyOf(placed.pod);
    if (this.#placed.has(key)) this.#unplace(key);
    this.#placed.set(key, placed);
    const info = this.#info(placed.node);
    info.add(placed.pod);
    if (info.podsWithAffinity.size > 0) this.#withAffinity.add(info);
    this.#counts.add(placed.pod, placed.node);
  }

  #unplace(key: string): void {
    const placed = this.#placed.get(key);
    if (!placed) return;
    this.#placed.delete(key);
    this.#counts.remove(placed.pod, placed.node);
    const info = this.#infos.get(placed.node);
    info?.remove(placed.pod);
    if (info?.podsWithAffinity.size === 0) this.#withAffinity.delete(info);
    if (info?.pods.size === 0 && !this.#existing.has(placed.node)) this.#infos.delete(placed.node);
  }

  #info(name: string, node?: Node): NodeInfo {
    const known = this.#infos.get(name);
    if (known) return known;
    const info = new NodeInfo(node ?? { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
    this.#infos.set(name, info);
    return info;
  }
}

function sameForCounting(left: Pod, right: Pod): boolean {
  if (left.metadata.uid !== right.metadata.uid) return false;
  const deleting = (pod: Pod) => pod.metadata.deletionTimestamp !== undefined;
  if (deleting(left) !== deleting(right)) return false;
  return sameText(left.metadata.labels, right.metadata.labels) && sameText(left.spec, right.spec);
}

function sameText(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

/** Takes nodes from each zone in turn, so that a search that stops early has seen all of them. */
function interleaveZones(infos: readonly NodeInfo[]): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const info of infos) {
    const labels = info.node.metadata.labels;
    const zone = `${labels?.['topology.kubernetes.io/region'] ?? ''}/${labels?.['topology.kubernetes.io/zone'] ?? ''}`;
    const members = zones.get(zone);
    if (members) members.push(info);
    else zones.set(zone, [info]);
  }
  if (zones.size <= 1) return [...infos];
  const ordered: NodeInfo[] = [];
  for (let round = 0; ordered.length < infos.length; round++) {
    for (const members of zones.values()) if (members[round]) ordered.push(members[round]!);
  }
  return ordered;
}

/** The cluster with one node exchanged and some pods gone: what would be after a preemption. */
export class WhatIfView implements ClusterView {
  readonly #base: ClusterView;
  readonly #info: NodeInfo;
  readonly #gone = new Map<string, Pod>();

  constructor(base: ClusterView, info: NodeInfo) {
    this.#base = base;
    this.#info = info;
  }

  remove(pod: Pod): void {
    this.#info.remove(pod);
    this.#gone.set(keyOf(pod), pod);
  }

  restore(pod: Pod): void {
    this.#info.add(pod);
    this.#gone.delete(keyOf(pod));
  }

  nodes(): readonly NodeInfo[] {
    return this.#base.nodes().map((info) => (info.name === this.#info.name ? this.#info : info));
  }

  node(name: string): NodeInfo | undefined {
    return name === this.#info.name ? this.#info : this.#base.node(name);
  }

  countPods(selection: PodSelection): ReadonlyMap<string, number> {
    const counts = this.#base.countPods(selection);
    const gone = [...this.#gone.values()].filter((pod) => selection.matches(pod)).length;
    if (gone === 0) return counts;
    return new Map(counts).set(this.#info.name, (counts.get(this.#info.name) ?? 0) - gone);
  }

  *nodesWithAffinityPods(): Iterable<NodeInfo> {
    for (const info of this.#base.nodesWithAffinityPods()) yield info.name === this.#info.name ? this.#info : info;
  }
}
