import { FieldPath, type ObjectMeta, Quantity } from '@kubets/core';
import type { Container } from '../container.ts';
import type { Pod, PodSpec, PodTemplateSpec } from '../pod.ts';
import type { NodeSelectorTerm } from '../reference.ts';
import type { Volume } from '../volume.ts';

/** Labels of nodes that have newer names. */
const OLD_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const OLD_VOLUME_SOURCES: Readonly<Partial<Record<keyof Volume, string>>> = {
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const APPARMOR_ANNOTATION_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';

/** What is allowed but hardly meant, for the Warning header. */
export function podWarnings({ metadata, spec }: Pod, old: Pod | undefined): string[] {
  return old ? [] : specWarnings(spec, metadata, new FieldPath());
}

/** As `podWarnings`, for the template that a workload embeds at `path`. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: FieldPath): string[] {
  return template?.spec ? specWarnings(template.spec, template.metadata ?? {}, path) : [];
}

function specWarnings(spec: PodSpec, metadata: ObjectMeta, path: FieldPath): string[] {
  const specPath = path.child('spec');
  return [
    ...nodeLabelWarnings(spec, specPath),
    ...volumeWarnings(spec, specPath.child('volumes')),
    ...pullSecretWarnings(spec, specPath.child('imagePullSecrets')),
    ...(['initContainers', 'containers'] as const).flatMap((field) =>
      (spec[field] ?? []).flatMap((container, index) =>
        containerWarnings(container, specPath.child(field).index(index)),
      ),
    ),
    ...annotationWarnings(metadata, path.child('metadata', 'annotations')),
    ...graceWarnings(spec, specPath.child('terminationGracePeriodSeconds')),
  ];
}

function nodeLabelWarnings(spec: PodSpec, path: FieldPath): string[] {
  const selected = Object.keys(spec.nodeSelector ?? {}).map((label) => [label, path.child('nodeSelector').key(label)]);
  const affinity = spec.affinity?.nodeAffinity;
  const at = path.child('affinity', 'nodeAffinity');
  const terms: [NodeSelectorTerm, FieldPath][] = [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).map(
      (term, index): [NodeSelectorTerm, FieldPath] => [
        term,
        at.child('requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms').index(index),
      ],
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ preference }, index): [NodeSelectorTerm, FieldPath] => [
        preference,
        at.child('preferredDuringSchedulingIgnoredDuringExecution').index(index).child('preference'),
      ],
    ),
  ];
  const required = terms.flatMap(([term, termPath]) =>
    (term.matchExpressions ?? []).map(({ key }, index) => [
      key,
      termPath.child('matchExpressions').index(index).child('key'),
    ]),
  );
  return [...selected, ...required].flatMap(([label, where]) => {
    const advice = OLD_NODE_LABELS[`${label}`];
    return advice ? [`${where}: ${advice}`] : [];
  });
}

function volumeWarnings({ volumes }: PodSpec, path: FieldPath): string[] {
  return (volumes ?? []).flatMap((volume, index) =>
    Object.entries(OLD_VOLUME_SOURCES)
      .filter(([source]) => volume[source as keyof Volume] !== undefined)
      .map(([source, advice]) => `${path.index(index).child(source)}: ${advice}`),
  );
}

function pullSecretWarnings({ imagePullSecrets }: PodSpec, path: FieldPath): string[] {
  return (imagePullSecrets ?? []).flatMap(({ name }, index) =>
    name ? [] : [`${path.index(index).child('name')}: invalid empty name ""`],
  );
}

function containerWarnings(container: Container, path: FieldPath): string[] {
  const seen = new Set<string>();
  const hidden = (container.env ?? []).flatMap(({ name, value }, index) => {
    const isHidden = seen.has(name) && !value?.includes(`$(${name})`);
    seen.add(name);
    if (!isHidden) return [];
    const at = path.child('env').index(index);
    return [`${at}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`];
  });
  return [...hidden, ...portWarnings(container, path.child('ports')), ...fractionWarnings(container, path)];
}

function portWarnings({ ports = [] }: Container, path: FieldPath): string[] {
  const sameAs = (index: number) =>
    ports
      .slice(0, index)
      .findIndex(
        ({ containerPort, protocol, hostPort, hostIP }) =>
          containerPort === ports[index]?.containerPort &&
          protocol === ports[index]?.protocol &&
          hostPort === ports[index]?.hostPort &&
          hostIP === ports[index]?.hostIP,
      );
  return ports.flatMap((_, index) => {
    const first = sameAs(index);
    return first < 0 ? [] : [`${path.index(index)}: duplicate port definition with ${path.index(first)}`];
  });
}

function fractionWarnings({ resources }: Container, path: FieldPath): string[] {
  return (['limits', 'requests'] as const).flatMap((side) =>
    ['memory', 'ephemeral-storage'].flatMap((name) => {
      const amount = Quantity.tryParse(resources?.[side]?.[name]);
      if (!amount || amount.milliValue() % 1000 === 0) return [];
      const at = path.child('resources', side).key(name);
      return [`${at}: fractional byte value ${JSON.stringify(`${amount}`)} is invalid, must be an integer`];
    }),
  );
}

function annotationWarnings({ annotations }: ObjectMeta, path: FieldPath): string[] {
  return Object.keys(annotations ?? {})
    .filter((name) => name.startsWith(APPARMOR_ANNOTATION_PREFIX))
    .map((name) => `${path.key(name)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
}

function graceWarnings({ terminationGracePeriodSeconds }: PodSpec, path: FieldPath): string[] {
  return (terminationGracePeriodSeconds ?? 0) < 0
    ? [`${path}: must be >= 0; negative values are invalid and will be treated as 1`]
    : [];
}
