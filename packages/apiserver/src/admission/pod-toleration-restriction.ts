import { type Pod, qosClassOf, type Toleration } from '@kubets/api';
import type { KubeObject } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPodCreation } from './service-account.ts';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const ALLOWED = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const MEMORY_PRESSURE = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

/** What pods tolerate in namespaces that do not say, and what they may tolerate at most. */
export interface TolerationConfiguration {
  readonly default?: readonly Toleration[];
  readonly whitelist?: readonly Toleration[];
}

/** Gives pods the tolerations of their namespace's annotation, and holds them to those that another one allows. */
export function podTolerationRestriction(lookup: Lookup, configured: TolerationConfiguration = {}): AdmissionPlugin {
  const namespaceOf = ({ namespace }: AdmissionRequest) => lookup.get({ group: '', resource: 'namespaces' }, namespace);
  return {
    name: 'PodTolerationRestriction',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isPodCreation(admission)) return;
      const { spec } = admission.object as Pod;
      const added = tolerationsIn(admission, await namespaceOf(admission), DEFAULTS) ?? configured.default ?? [];
      const merged = merge(added, spec.tolerations ?? []);
      const all = qosClassOf(spec) === 'BestEffort' ? merged : merge(merged, [MEMORY_PRESSURE]);
      if (all.length > 0) spec.tolerations = all;
    },
    async validate(admission) {
      if (!isPodCreation(admission)) return;
      const allowed = tolerationsIn(admission, await namespaceOf(admission), ALLOWED) ?? configured.whitelist ?? [];
      if (allowed.length === 0) return;
      const { tolerations = [] } = (admission.object as Pod).spec;
      if (tolerations.every((toleration) => allowed.some((each) => includes(each, toleration)))) return;
      const why =
        'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist';
      throw refused(admission, why);
    },
  };
}

/** The list in an annotation of the namespace; undefined where there is none. */
function tolerationsIn(
  admission: AdmissionRequest,
  namespace: KubeObject | undefined,
  annotation: string,
): readonly Toleration[] | undefined {
  const text = namespace?.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return text === '' ? [] : (JSON.parse(text) as Toleration[]);
  } catch (error) {
    throw refused(
      admission,
      `the annotation ${annotation} of the namespace is no list of tolerations: ${(error as Error).message}`,
    );
  }
}

/** Both lists, without what others of them include. */
function merge(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  return all.filter(
    (one, index) =>
      !all.some((other, at) => at !== index && includes(other, one) && (at < index || !includes(one, other))),
  );
}

/** Whether everything that `narrow` tolerates `wide` tolerates too. */
function includes(wide: Toleration, narrow: Toleration): boolean {
  if (wide.key && wide.key !== narrow.key) return false;
  if (wide.effect && wide.effect !== narrow.effect) return false;
  if (wide.effect === 'NoExecute' && !lastsAsLong(wide, narrow)) return false;
  if (wide.operator === 'Exists') return true;
  return Boolean(wide.key) && narrow.operator !== 'Exists' && (wide.value ?? '') === (narrow.value ?? '');
}

function lastsAsLong({ tolerationSeconds: wide }: Toleration, { tolerationSeconds: narrow }: Toleration): boolean {
  return wide === undefined || (narrow !== undefined && wide >= narrow);
}
