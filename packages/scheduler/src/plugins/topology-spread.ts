import {
  type LabelSelector,
  labelMatcher,
  matchesNodeAffinity,
  type Pod,
  type TopologySpreadConstraint,
  tolerates,
} from '@kubets/api';
import type { ClusterView } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { MAX_SCORE, type Plugin, type PodJudge, refuse, refuseForGood, type Scorer } from '../framework/plugin.ts';
import { namespacedSelection, withLabelKeys } from './selection.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const MISMATCH = "node(s) didn't match pod topology spread constraints";

/** Finds the selectors of services and controllers that a pod belongs to, for spreading by default. */
export type DefaultSelector = (pod: Pod) => LabelSelector | undefined;

interface Spread {
  readonly constraint: TopologySpreadConstraint;
  readonly selector: LabelSelector | undefined;
}

function constraintsOf(pod: Pod, whenUnsatisfiable: string): Spread[] {
  const constraints = pod.spec.topologySpreadConstraints ?? [];
  return constraints
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => {
      const keys = constraint.matchLabelKeys ? { match: constraint.matchLabelKeys } : {};
      return { constraint, selector: withLabelKeys(constraint.labelSelector, pod, keys) };
    });
}

/** Upstream's default constraints: they only prefer, and only among pods of one service or controller. */
function defaultConstraints(selector: LabelSelector): Spread[] {
  const constraint = (topologyKey: string, maxSkew: number) => ({
    constraint: { topologyKey, maxSkew, whenUnsatisfiable: 'ScheduleAnyway' as const },
    selector,
  });
  return [constraint(HOSTNAME, 3), constraint(ZONE, 5)];
}

function counts(pod: Pod, { constraint }: Spread, info: NodeInfo): boolean {
  const honorsAffinity = (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor';
  if (honorsAffinity && !matchesNodeAffinity(pod.spec, info.node)) return false;
  if (constraint.nodeTaintsPolicy !== 'Honor') return true;
  const tolerations = pod.spec.tolerations ?? [];
  return (info.node.spec?.taints ?? []).every(
    (taint) => taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

const labelOf = (info: NodeInfo, key: string) => info.node.metadata.labels?.[key];

/** Matching pods by domain, over the nodes that count for this pod and that have all the topology keys. */
function domainCounts(pod: Pod, spread: Spread, all: readonly Spread[], view: ClusterView): Map<string, number> {
  const perNode = view.countPods(namespacedSelection(pod.metadata.namespace ?? '', spread.selector));
  const domains = new Map<string, number>();
  for (const info of view.nodes()) {
    if (!all.every(({ constraint }) => labelOf(info, constraint.topologyKey) !== undefined)) continue;
    if (!counts(pod, spread, info)) continue;
    const domain = labelOf(info, spread.constraint.topologyKey) ?? '';
    domains.set(domain, (domains.get(domain) ?? 0) + (perNode.get(info.name) ?? 0));
  }
  return domains;
}

function makeFilter(pod: Pod, spreads: readonly Spread[], view: ClusterView): NonNullable<PodJudge['filter']> {
  const prepared = spreads.map((spread) => {
    const domains = domainCounts(pod, spread, spreads, view);
    const least = Math.min(Number.MAX_SAFE_INTEGER, ...domains.values());
    const min = domains.size < (spread.constraint.minDomains ?? 1) ? 0 : least;
    const self = labelMatcher(spread.selector)(pod.metadata.labels) ? 1 : 0;
    return { spread, domains, min, self };
  });
  return (info) => {
    for (const { spread, domains, min, self } of prepared) {
      const domain = labelOf(info, spread.constraint.topologyKey);
      if (domain === undefined) return refuseForGood(`${MISMATCH} (missing required label)`);
      const skew = (domains.get(domain) ?? 0) + self - min;
      if (skew > spread.constraint.maxSkew) return refuse(MISMATCH);
    }
    return undefined;
  };
}

function makeScorer(pod: Pod, spreads: readonly Spread[], view: ClusterView, requireAll: boolean): Scorer {
  const scores = (infos: readonly NodeInfo[]) => {
    const eligible = (info: NodeInfo) =>
      !requireAll || spreads.every(({ constraint }) => labelOf(info, constraint.topologyKey) !== undefined);
    const raw = infos.map(() => 0);
    for (const spread of spreads) {
      const { topologyKey, maxSkew } = spread.constraint;
      const present = new Set<string>();
      for (const info of infos) {
        const domain = eligible(info) ? labelOf(info, topologyKey) : undefined;
        if (domain !== undefined) present.add(domain);
      }
      // Rarer topologies weigh more, so that zones are not drowned by the many hosts.
      const weight = Math.log((topologyKey === HOSTNAME ? infos.filter(eligible).length : present.size) + 2);
      const perNode = view.countPods(namespacedSelection(pod.metadata.namespace ?? '', spread.selector));
      const domains = topologyKey === HOSTNAME ? undefined : sumByDomain({ pod, spread, perNode, present }, view);
      infos.forEach((info, index) => {
        const domain = labelOf(info, topologyKey);
        if (domain === undefined) return;
        const count = domains ? (domains.get(domain) ?? 0) : (perNode.get(info.name) ?? 0);
        raw[index] = (raw[index] ?? 0) + count * weight + (maxSkew - 1);
      });
    }
    return normalizeSpread(infos.map((info, index) => (eligible(info) ? Math.round(raw[index] ?? 0) : undefined)));
  };
  return { weight: 2, scores };
}

function sumByDomain(
  options: { pod: Pod; spread: Spread; perNode: ReadonlyMap<string, number>; present: ReadonlySet<string> },
  view: ClusterView,
): Map<string, number> {
  const { pod, spread, perNode, present } = options;
  const domains = new Map<string, number>();
  for (const [name, count] of perNode) {
    const info = view.node(name);
    const domain = info && labelOf(info, spread.constraint.topologyKey);
    if (!info || domain === undefined || !present.has(domain) || !counts(pod, spread, info)) continue;
    domains.set(domain, (domains.get(domain) ?? 0) + count);
  }
  return domains;
}

/** The fewer pods in a node's domains the better; nodes outside the topology come last. */
function normalizeSpread(raw: readonly (number | undefined)[]): number[] {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const score of raw) {
    if (score === undefined) continue;
    min = Math.min(min, score);
    max = Math.max(max, score);
  }
  return raw.map((score) => {
    if (score === undefined) return 0;
    return max === 0 ? MAX_SCORE : Math.trunc((MAX_SCORE * (max + min - score)) / max);
  });
}

/** Spreads pods over zones, nodes or other topologies. */
export function podTopologySpread(defaultSelector: DefaultSelector): Plugin {
  return {
    name: 'PodTopologySpread',
    wakesOn: ['nodeAdded', 'nodeChanged', 'podAdded', 'podChanged', 'podDeleted'],
    judge(pod, view): PodJudge | undefined {
      const hard = constraintsOf(pod, 'DoNotSchedule');
      let soft = constraintsOf(pod, 'ScheduleAnyway');
      const explicit = (pod.spec.topologySpreadConstraints?.length ?? 0) > 0;
      if (!explicit) {
        const selector = defaultSelector(pod);
        if (selector) soft = defaultConstraints(selector);
      }
      if (hard.length === 0 && soft.length === 0) return undefined;
      return {
        ...(hard.length > 0 ? { filter: makeFilter(pod, hard, view) } : {}),
        ...(soft.length > 0 ? { score: makeScorer(pod, soft, view, explicit) } : {}),
      };
    },
  };
}
