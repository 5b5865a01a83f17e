import { isEmptySelector, type LabelMatcher, labelMatcher, type Pod, type PodAffinityTerm } from '@kubets/api';
import type { ClusterView } from '../cache/cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { PodSelection } from '../cache/pod-counts.ts';
import { MAX_SCORE, type Plugin, type PodJudge, refuse, refuseForGood } from '../framework/plugin.ts';
import { withLabelKeys } from './selection.ts';

/** Weight of other pods' required affinity when it comes to preferences. */
const HARD_AFFINITY_WEIGHT = 1;

/** Labels of a namespace; undefined when it is unknown. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

interface Term {
  readonly topologyKey: string;
  readonly selection: PodSelection;
}

function compileTerm(term: PodAffinityTerm, owner: Pod, namespaceLabels: NamespaceLabels): Term {
  const keys = {
    ...(term.matchLabelKeys ? { match: term.matchLabelKeys } : {}),
    ...(term.mismatchLabelKeys ? { mismatch: term.mismatchLabelKeys } : {}),
  };
  const selector = withLabelKeys(term.labelSelector, owner, keys);
  const matches = labelMatcher(selector);
  const names = new Set(term.namespaces ?? []);
  if (names.size === 0 && !term.namespaceSelector) names.add(owner.metadata.namespace ?? '');
  const matchesNamespace: LabelMatcher | undefined = term.namespaceSelector && labelMatcher(term.namespaceSelector);
  const anyNamespace = term.namespaceSelector !== undefined && isEmptySelector(term.namespaceSelector);
  const inNamespace = (namespace: string) =>
    names.has(namespace) || anyNamespace || (matchesNamespace?.(namespaceLabels(namespace)) ?? false);
  return {
    topologyKey: term.topologyKey,
    selection: {
      key: `affinity\n${[...names].join()}\n${JSON.stringify(term.namespaceSelector)}\n${JSON.stringify(selector)}`,
      matches: ({ metadata }) => inNamespace(metadata.namespace ?? '') && matches(metadata.labels),
    },
  };
}

const labelOf = (info: NodeInfo, key: string) => info.node.metadata.labels?.[key];

/** Matching pods by domain of the term's topology. */
function byDomain({ topologyKey, selection }: Term, view: ClusterView): Map<string, number> {
  const domains = new Map<string, number>();
  for (const [name, count] of view.countPods(selection)) {
    const info = view.node(name);
    const domain = info && labelOf(info, topologyKey);
    if (domain !== undefined && count > 0) domains.set(domain, (domains.get(domain) ?? 0) + count);
  }
  return domains;
}

const requiredAffinity = ({ spec }: Pod) =>
  spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const requiredAnti = ({ spec }: Pod) =>
  spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferredAffinity = ({ spec }: Pod) =>
  spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
const preferredAnti = ({ spec }: Pod) =>
  spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** Domains, as key and value, that pods already running forbid to this pod. */
function forbiddenDomains(pod: Pod, view: ClusterView, namespaceLabels: NamespaceLabels): Map<string, Set<string>> {
  const forbidden = new Map<string, Set<string>>();
  for (const info of view.nodesWithAffinityPods()) {
    for (const existing of info.podsWithAffinity.values()) {
      for (const term of requiredAnti(existing)) {
        const domain = labelOf(info, term.topologyKey);
        if (domain === undefined || !compileTerm(term, existing, namespaceLabels).selection.matches(pod)) continue;
        const domains = forbidden.get(term.topologyKey);
        if (domains) domains.add(domain);
        else forbidden.set(term.topologyKey, new Set([domain]));
      }
    }
  }
  return forbidden;
}

function makeFilter(pod: Pod, view: ClusterView, namespaceLabels: NamespaceLabels): PodJudge['filter'] {
  const compile = (term: PodAffinityTerm) => compileTerm(term, pod, namespaceLabels);
  const withDomains = (term: Term) => ({ ...term, domains: byDomain(term, view) });
  const affinity = requiredAffinity(pod).map(compile).map(withDomains);
  const anti = requiredAnti(pod).map(compile).map(withDomains);
  const forbidden = forbiddenDomains(pod, view, namespaceLabels);
  if (affinity.length === 0 && anti.length === 0 && forbidden.size === 0) return undefined;
  // The first pod of a group that wants to be together has nobody to join: it may start anywhere.
  const first =
    affinity.every(({ domains }) => domains.size === 0) && affinity.every(({ selection }) => selection.matches(pod));
  return (info) => {
    for (const { topologyKey, domains } of affinity) {
      const domain = labelOf(info, topologyKey);
      if (domain === undefined || (!first && !domains.has(domain))) {
        return refuseForGood("node(s) didn't match pod affinity rules");
      }
    }
    for (const { topologyKey, domains } of anti) {
      const domain = labelOf(info, topologyKey);
      if (domain !== undefined && domains.has(domain)) return refuse("node(s) didn't match pod anti-affinity rules");
    }
    for (const [topologyKey, domains] of forbidden) {
      const domain = labelOf(info, topologyKey);
      if (domain !== undefined && domains.has(domain)) {
        return refuse("node(s) didn't satisfy existing pods anti-affinity rules");
      }
    }
    return undefined;
  };
}

type Marks = Map<string, Map<string, number>>;

function addMark(marks: Marks, key: string, domain: string, weight: number): void {
  const domains = marks.get(key) ?? new Map<string, number>();
  domains.set(domain, (domains.get(domain) ?? 0) + weight);
  marks.set(key, domains);
}

/** What this pod prefers about others, and what they prefer about it, by domain. */
function preferences(pod: Pod, view: ClusterView, namespaceLabels: NamespaceLabels): Marks {
  const marks: Marks = new Map();
  const own = [...preferredAffinity(pod).map((term) => ({ ...term, sign: 1 }))];
  own.push(...preferredAnti(pod).map((term) => ({ ...term, sign: -1 })));
  for (const { weight, podAffinityTerm, sign } of own) {
    const term = compileTerm(podAffinityTerm, pod, namespaceLabels);
    for (const [domain, count] of byDomain(term, view)) addMark(marks, term.topologyKey, domain, sign * weight * count);
  }
  for (const info of view.nodesWithAffinityPods()) {
    for (const existing of info.podsWithAffinity.values()) {
      const theirs = [
        ...requiredAffinity(existing).map((term) => ({ term, weight: HARD_AFFINITY_WEIGHT })),
        ...preferredAffinity(existing).map(({ weight, podAffinityTerm }) => ({ term: podAffinityTerm, weight })),
        ...preferredAnti(existing).map(({ weight, podAffinityTerm }) => ({ term: podAffinityTerm, weight: -weight })),
      ];
      for (const { term, weight } of theirs) {
        const domain = labelOf(info, term.topologyKey);
        if (domain === undefined || !compileTerm(term, existing, namespaceLabels).selection.matches(pod)) continue;
        addMark(marks, term.topologyKey, domain, weight);
      }
    }
  }
  return marks;
}

function scoreBy(marks: Marks, infos: readonly NodeInfo[]): number[] {
  const raw = infos.map((info) => {
    let sum = 0;
    for (const [key, domains] of marks) sum += domains.get(labelOf(info, key) ?? '') ?? 0;
    return sum;
  });
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const score of raw) {
    min = Math.min(min, score);
    max = Math.max(max, score);
  }
  return raw.map((score) => (max > min ? Math.trunc((MAX_SCORE * (score - min)) / (max - min)) : 0));
}

/** Keeps pods together with, or apart from, other pods. */
export function interPodAffinity(namespaceLabels: NamespaceLabels): Plugin {
  return {
    name: 'InterPodAffinity',
    wakesOn: ['nodeAdded', 'nodeChanged', 'podAdded', 'podChanged', 'podDeleted', 'namespaceChanged'],
    judge(pod, view): PodJudge | undefined {
      const filter = makeFilter(pod, view, namespaceLabels);
      const marks = preferences(pod, view, namespaceLabels);
      if (!filter && marks.size === 0) return undefined;
      return {
        ...(filter ? { filter } : {}),
        ...(marks.size > 0
          ? { score: { weight: 2, scores: (infos: readonly NodeInfo[]) => scoreBy(marks, infos) } }
          : {}),
      };
    },
  };
}
