import type { Container, Namespace, Pod, PodSpec, PodTemplateSpec } from '@kubets/api';
import { type FieldError, FieldPath, invalid, invalidObject, type KubeObject } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { PodSecurityConfiguration } from './configuration.ts';
import type { Lookup } from './lookup.ts';
import { isPod } from './service-account.ts';

const LABEL_PREFIX = 'pod-security.kubernetes.io/';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
type Level = (typeof LEVELS)[number];
const MODES = ['enforce', 'audit', 'warn'] as const;
/** A namespace with more pods than this is checked in part when its level rises. */
const MAX_PODS_CHECKED = 3000;

type Labels = Readonly<Record<string, string>>;

/** What a check found: a short name of the rule, and where it is broken. */
interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/** Holds pods to the level that their namespace's labels ask for: privileged, baseline or restricted. */
export function podSecurity(lookup: Lookup, configuration: PodSecurityConfiguration = {}): AdmissionPlugin {
  const defaults = asLabels(configuration.defaults ?? {});
  return {
    name: 'PodSecurity',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    async validate(admission) {
      if (isNamespace(admission)) return validateNamespace(admission, lookup, defaults);
      const checked = podOf(admission);
      if (!checked || !isRelevant(admission)) return;
      const namespace = await lookup.get<Namespace>({ group: '', resource: 'namespaces' }, admission.namespace);
      const labels = { ...defaults, ...namespace?.metadata.labels };
      const { audit } = admission.request;
      const exemption = exemptionOf(admission, checked, configuration);
      if (exemption) {
        audit?.annotate(`${LABEL_PREFIX}exempt`, exemption);
        return;
      }
      const audited = audit ? violationsOf(checked, levelOf(labels, 'audit')) : [];
      if (audited.length > 0)
        audit?.annotate(
          `${LABEL_PREFIX}audit-violations`,
          `would violate PodSecurity ${text(labels, 'audit', audited)}`,
        );
      if (isPod(admission)) {
        audit?.annotate(`${LABEL_PREFIX}enforce-policy`, policyOf(labels, 'enforce'));
        const violations = violationsOf(checked, levelOf(labels, 'enforce'));
        if (violations.length > 0)
          throw refused(admission, `violates PodSecurity ${text(labels, 'enforce', violations)}`);
      }
      const warned = violationsOf(checked, levelOf(labels, 'warn'));
      if (warned.length > 0) admission.warn(`would violate PodSecurity ${text(labels, 'warn', warned)}`);
    },
  };
}

function asLabels(defaults: Labels): Labels {
  return Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`${LABEL_PREFIX}${key}`, value]));
}

/** Why a pod is not checked; undefined for most, which are. */
function exemptionOf(
  { namespace, request }: AdmissionRequest,
  { spec }: Pick<Pod, 'spec'>,
  { exemptions = {} }: PodSecurityConfiguration,
): string | undefined {
  const { namespaces = [], usernames = [], runtimeClasses = [] } = exemptions;
  if (namespaces.includes(namespace)) return 'namespace';
  if (usernames.includes(request.user.name)) return 'user';
  return spec.runtimeClassName && runtimeClasses.includes(spec.runtimeClassName) ? 'runtimeClass' : undefined;
}

function isNamespace({ resource: { name }, subresource }: AdmissionRequest): boolean {
  return name.group === '' && name.resource === 'namespaces' && subresource === '';
}

/** Refuses levels that do not exist, and tells which pods would not have passed the new level. */
async function validateNamespace(admission: AdmissionRequest, lookup: Lookup, defaults: Labels): Promise<void> {
  const labels = { ...defaults, ...admission.object?.metadata.labels };
  const old = { ...defaults, ...admission.old?.metadata.labels };
  const errors = labelErrors(labels);
  if (errors.length > 0 && (admission.operation === 'CREATE' || !isSame(errors, labelErrors(old))))
    throw invalidObject({ ...admission.resource.name, kind: 'Namespace', name: admission.name, errors });
  if (admission.operation === 'CREATE' || !isStricter(labels, old)) return;
  for (const warning of await warningsOfPods(admission.name, labels, lookup)) admission.warn(warning);
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function labelErrors(labels: Labels): FieldError[] {
  const path = new FieldPath('metadata.labels');
  return MODES.flatMap((mode) => {
    const level = labels[`${LABEL_PREFIX}${mode}`];
    const version = labels[`${LABEL_PREFIX}${mode}-version`];
    const errors: FieldError[] = [];
    if (level !== undefined && !LEVELS.some((name) => name === level))
      errors.push(invalid(path.key(`${LABEL_PREFIX}${mode}`), level, `must be one of ${LEVELS.join(', ')}`));
    if (version !== undefined && version !== 'latest' && !/^v1\.(0|[1-9]\d*)$/.test(version))
      errors.push(invalid(path.key(`${LABEL_PREFIX}${mode}-version`), version, 'must be "latest" or "v1.x"'));
    return errors;
  });
}

function isStricter(labels: Labels, old: Labels): boolean {
  const level = levelOf(labels, 'enforce');
  if (level === 'privileged') return false;
  const isSameVersion = versionOf(labels, 'enforce') === versionOf(old, 'enforce');
  return !isSameVersion || LEVELS.indexOf(level) > LEVELS.indexOf(levelOf(old, 'enforce'));
}

/** One line for each set of rules that pods of the namespace break, after a line that says so. */
async function warningsOfPods(namespace: string, labels: Labels, lookup: Lookup): Promise<string[]> {
  const pods = await lookup.list<Pod>({ group: '', resource: 'pods', namespace });
  const level = levelOf(labels, 'enforce');
  const names = new Map<string, string[]>();
  for (const pod of pods.slice(0, MAX_PODS_CHECKED)) {
    const rules = violationsOf(pod, level).map(({ rule }) => rule);
    if (rules.length === 0) continue;
    const key = rules.join(', ');
    names.set(key, [...(names.get(key) ?? []), pod.metadata.name ?? '']);
  }
  if (names.size === 0) return [];
  const policy = `${level}:${versionOf(labels, 'enforce')}`;
  return [
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${policy}"`,
    ...[...names].map(([rules, [first, ...more]]) => `${first}${otherPods(more.length)}: ${rules}`).sort(),
  ];
}

function otherPods(count: number): string {
  return count === 0 ? '' : ` (and ${count} other pod${count === 1 ? '' : 's'})`;
}

function isRelevant({ operation, subresource, object, old }: AdmissionRequest): boolean {
  if (subresource && subresource !== 'ephemeralcontainers') return false;
  if (operation === 'CREATE') return true;
  // Of an update only what the rules look at counts: a pod that runs is not refused over its labels.
  return JSON.stringify(specOf(object!)) !== JSON.stringify(specOf(old!));
}

function specOf(object: KubeObject): unknown {
  return (object as { spec?: unknown }).spec;
}

/** The pod, or the template of pods, that is being written. */
function podOf(admission: AdmissionRequest): Pick<Pod, 'metadata' | 'spec'> | undefined {
  if (isPod(admission)) return admission.object as Pod;
  const { spec, template } = (admission.object ?? {}) as {
    spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } };
    template?: PodTemplateSpec;
  };
  const found = spec?.template ?? spec?.jobTemplate?.spec?.template ?? template;
  return found?.spec?.containers ? { metadata: found.metadata ?? {}, spec: found.spec } : undefined;
}

function levelOf(labels: Labels, mode: (typeof MODES)[number]): Level {
  const level = labels[`${LABEL_PREFIX}${mode}`];
  if (level === undefined || level === 'privileged') return 'privileged';
  return level === 'baseline' ? 'baseline' : 'restricted';
}

const versionOf = (labels: Labels, mode: string) => labels[`${LABEL_PREFIX}${mode}-version`] ?? 'latest';

function policyOf(labels: Labels, mode: (typeof MODES)[number]): string {
  return `${levelOf(labels, mode)}:${versionOf(labels, mode)}`;
}

function text(labels: Labels, mode: (typeof MODES)[number], violations: readonly Violation[]): string {
  const found = violations.map(({ rule, detail }) => `${rule} (${detail})`).join(', ');
  return `"${policyOf(labels, mode)}": ${found}`;
}

/** Every rule of the level that the pod breaks. */
export function violationsOf({ metadata, spec }: Pick<Pod, 'metadata' | 'spec'>, level: Level): Violation[] {
  if (level === 'privileged') return [];
  const pod = { metadata, spec, containers: containersOf(spec) };
  const rules = level === 'baseline' ? BASELINE : [...BASELINE, ...RESTRICTED];
  return rules.flatMap((rule) => rule(pod) ?? []);
}

function containersOf(spec: PodSpec): Container[] {
  return [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...((spec.ephemeralContainers ?? []) as unknown as Container[]),
  ];
}

interface CheckedPod {
  readonly metadata: Pod['metadata'];
  readonly spec: PodSpec;
  readonly containers: readonly Container[];
}

type Rule = (pod: CheckedPod) => Violation | undefined;

const quoted = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ');

function blame(containers: readonly Container[], what: string): string {
  return `${containers.length === 1 ? 'container' : 'containers'} ${quoted(containers.map(({ name }) => name))} must ${what}`;
}

function perContainer(rule: string, isBad: (container: Container, pod: CheckedPod) => boolean, what: string): Rule {
  return (pod) => {
    const bad = pod.containers.filter((container) => isBad(container, pod));
    return bad.length > 0 ? { rule, detail: blame(bad, what) } : undefined;
  };
}

const BASELINE_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

const BASELINE: readonly Rule[] = [
  hostNamespaces,
  perContainer(
    'privileged',
    ({ securityContext }) => securityContext?.privileged === true,
    'not set securityContext.privileged=true',
  ),
  perContainer(
    'non-default capabilities',
    ({ securityContext }) =>
      (securityContext?.capabilities?.add ?? []).some((name) => !BASELINE_CAPABILITIES.has(name)),
    'not include capabilities beyond the default set in securityContext.capabilities.add',
  ),
  hostPathVolumes,
  hostPorts,
  perContainer(
    'procMount',
    ({ securityContext }) => !['', 'Default'].includes(securityContext?.procMount ?? ''),
    'not set securityContext.procMount',
  ),
  seccompUnconfined,
  forbiddenSysctls,
  perContainer(
    'hostProcess',
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
    'not set securityContext.windowsOptions.hostProcess=true',
  ),
];

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  return used.length > 0
    ? { rule: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') }
    : undefined;
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { rule: 'hostPath volumes', detail: `${names.length === 1 ? 'volume' : 'volumes'} ${quoted(names)}` };
}

function hostPorts({ containers }: CheckedPod): Violation | undefined {
  const bad = containers.filter(({ ports }) => ports?.some(({ hostPort }) => hostPort));
  if (bad.length === 0) return undefined;
  const ports = bad.flatMap((each) => (each.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : [])));
  const noun = bad.length === 1 ? 'container' : 'containers';
  const which = `${ports.length === 1 ? 'hostPort' : 'hostPorts'} ${[...new Set(ports)].sort((a, b) => a - b).join(', ')}`;
  return {
    rule: 'hostPort',
    detail: `${noun} ${quoted(bad.map(({ name }) => name))} ${bad.length === 1 ? 'uses' : 'use'} ${which}`,
  };
}

function seccompUnconfined({ spec, containers }: CheckedPod): Violation | undefined {
  const bad = containers.filter(({ securityContext }) => securityContext?.seccompProfile?.type === 'Unconfined');
  const isPodBad = spec.securityContext?.seccompProfile?.type === 'Unconfined';
  if (!isPodBad && bad.length === 0) return undefined;
  const detail = isPodBad
    ? 'pod must not set securityContext.seccompProfile.type to "Unconfined"'
    : blame(bad, 'not set securityContext.seccompProfile.type to "Unconfined"');
  return { rule: 'seccompProfile', detail };
}

function forbiddenSysctls({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !SAFE_SYSCTLS.has(name));
  return names.length > 0 ? { rule: 'forbidden sysctls', detail: names.join(', ') } : undefined;
}

const RESTRICTED_VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const isWindows = ({ spec }: CheckedPod) => spec.os?.name === 'windows';

const RESTRICTED: readonly Rule[] = [
  perContainer(
    'allowPrivilegeEscalation != false',
    ({ securityContext }, pod) => !isWindows(pod) && securityContext?.allowPrivilegeEscalation !== false,
    'set securityContext.allowPrivilegeEscalation=false',
  ),
  perContainer(
    'unrestricted capabilities',
    ({ securityContext }, pod) => {
      const { add = [], drop = [] } = securityContext?.capabilities ?? {};
      return !isWindows(pod) && (!drop.includes('ALL') || add.some((name) => name !== 'NET_BIND_SERVICE'));
    },
    'set securityContext.capabilities.drop=["ALL"]',
  ),
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  perContainer(
    'seccompProfile',
    ({ securityContext }, pod) => {
      const own = securityContext?.seccompProfile?.type ?? pod.spec.securityContext?.seccompProfile?.type;
      return !isWindows(pod) && own !== 'RuntimeDefault' && own !== 'Localhost';
    },
    'set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  ),
].map(podOrContainer);

/** These two may be set for the whole pod, and their texts say so. */
function podOrContainer(rule: Rule): Rule {
  return (pod) => {
    const found = rule(pod);
    if (found?.rule !== 'seccompProfile') return found;
    return { rule: found.rule, detail: found.detail.replace(/^/, 'pod or ') };
  };
}

function restrictedVolumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).flatMap(({ name, ...sources }) => {
    const type = Object.keys(sources).find((source) => !RESTRICTED_VOLUMES.has(source));
    return type ? [{ name, type }] : [];
  });
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(({ type }) => type))].sort();
  const volumes = `${bad.length === 1 ? 'volume' : 'volumes'} ${quoted(bad.map(({ name }) => name))}`;
  const verb = bad.length === 1 ? 'uses' : 'use';
  const detail = `${volumes} ${verb} restricted volume ${types.length === 1 ? 'type' : 'types'} ${quoted(types)}`;
  return { rule: 'restricted volume types', detail };
}

function runAsNonRoot({ spec, containers }: CheckedPod): Violation | undefined {
  const forPod = spec.securityContext?.runAsNonRoot;
  const bad = containers.filter(({ securityContext }) => (securityContext?.runAsNonRoot ?? forPod) !== true);
  if (bad.length === 0) return undefined;
  return { rule: 'runAsNonRoot != true', detail: `pod or ${blame(bad, 'set securityContext.runAsNonRoot=true')}` };
}

function runAsUser({ spec, containers }: CheckedPod): Violation | undefined {
  const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const isPodBad = spec.securityContext?.runAsUser === 0;
  if (!isPodBad && bad.length === 0) return undefined;
  const detail = isPodBad ? 'pod must not set runAsUser=0' : blame(bad, 'not set runAsUser=0');
  return { rule: 'runAsUser=0', detail };
}
