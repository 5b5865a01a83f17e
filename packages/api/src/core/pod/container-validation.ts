import {
  duplicate,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldNotFound,
  invalid,
  isDns1123Label,
  isInRange,
  isValidPortName,
  isValidPortNumber,
  notSupported,
  required,
  tooMany,
} from '@kubets/core';
import { validateChoice, validateRequiredText, validateText } from '../../field-rules.ts';
import type { Container, ContainerPort, ContainerRestartRule, EphemeralContainer } from '../container.ts';
import type { PodSpec } from '../pod.ts';
import type { Volume } from '../volume.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import { validateDevices, validateMounts } from './mount-validation.ts';
import { validateLifecycle, validateProbes } from './probe-validation.ts';
import { validateResizePolicy, validateResources } from './resource-validation.ts';
import { validateSecurityContext } from './security-validation.ts';
import { isSidecar } from './sidecar.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const RESTART_ACTIONS = ['Restart', 'RestartAllContainers'];
const MAX_RESTART_RULES = 20;
const MAX_EXIT_CODES = 255;

/** A list of a pod's containers, and what of the pod its rules refer to. */
export interface ContainerList {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly path: FieldPath;
}

export function validateContainers(list: ContainerList): FieldError[] {
  const { spec, path } = list;
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = path.index(index);
    errors.push(...validateContainer(container, list, at));
    errors.push(...validateUniqueName(container.name, at.child('name'), names));
    errors.push(...validateLifecycle(container.lifecycle, spec, at.child('lifecycle')));
    errors.push(...validateProbes(container, at));
    errors.push(...validateRestartRules(container, at));
  }
  const conflicts = containers.flatMap((container, index) =>
    validateHostPorts(container, path.index(index), hostPorts),
  );
  return [...errors, ...conflicts];
}

export function validateInitContainers(list: ContainerList): FieldError[] {
  const { spec, path } = list;
  const containers = spec.initContainers ?? [];
  const errors: FieldError[] = [];
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  for (const [index, container] of containers.entries()) {
    const at = path.index(index);
    errors.push(...validateContainer(container, list, at));
    errors.push(...validateRestartRules(container, at));
    if (container.name) errors.push(...validateUniqueName(container.name, at.child('name'), names));
    // Init containers run one after the other, so each may have the ports of those before it.
    errors.push(...validateHostPorts(container, path.index(0), new Set()));
    if (isSidecar(container)) {
      errors.push(...validateLifecycle(container.lifecycle, spec, at.child('lifecycle')));
      errors.push(...validateProbes(container, at));
      continue;
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (!container[field]) continue;
      errors.push(fieldForbidden(at.child(field), 'may not be set for init containers without restartPolicy=Always'));
    }
  }
  return errors;
}

/** What makes no sense for a container that is only there to look round. */
const FORBIDDEN_IN_EPHEMERAL = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const;

export function validateEphemeralContainers(list: ContainerList): FieldError[] {
  const { spec, path } = list;
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = path.index(index);
    return [
      ...validateContainer(container, list, at),
      ...validateUniqueName(container.name, at.child('name'), names),
      ...validateTarget(container, targets, at.child('targetContainerName')),
      ...validateEphemeralFields(container, at),
    ];
  });
}

function validateTarget(
  { targetContainerName }: EphemeralContainer,
  targets: Set<string>,
  path: FieldPath,
): FieldError[] {
  return !targetContainerName || targets.has(targetContainerName) ? [] : [fieldNotFound(path, targetContainerName)];
}

function validateEphemeralFields(container: EphemeralContainer, path: FieldPath): FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container';
  const errors: FieldError[] = FORBIDDEN_IN_EPHEMERAL.filter((field) => isSet(container[field])).map((field) =>
    fieldForbidden(path.child(field), detail),
  );
  const { limits, requests, claims } = container.resources ?? {};
  if (isSet(limits) || isSet(requests) || isSet(claims)) errors.push(fieldForbidden(path.child('resources'), detail));
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if (mount[field]) errors.push(fieldForbidden(path.child('volumeMounts').index(index).child(field), detail));
    }
  }
  return errors;
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function validateUniqueName(name: string, path: FieldPath, names: Set<string>): FieldError[] {
  if (names.has(name)) return [duplicate(path, name)];
  names.add(name);
  return [];
}

/** Rules that hold for all three sorts of containers. */
function validateContainer(
  container: Container | EphemeralContainer,
  { spec, volumes }: ContainerList,
  path: FieldPath,
): FieldError[] {
  const { resources } = container;
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  return [
    ...validateRequiredText(container.name, path.child('name'), isDns1123Label),
    ...validateImage(container.image, path.child('image')),
    ...validateChoice(
      container.terminationMessagePolicy,
      path.child('terminationMessagePolicy'),
      MESSAGE_POLICIES,
      'as given',
    ),
    ...validatePorts(container.ports, path.child('ports')),
    ...validateEnv(container.env, path.child('env')),
    ...validateEnvFrom(container.envFrom, path.child('envFrom')),
    ...validateMounts(container, volumes, path.child('volumeMounts')),
    ...validateDevices(container, volumes, path.child('volumeDevices')),
    ...validateChoice(container.imagePullPolicy, path.child('imagePullPolicy'), PULL_POLICIES),
    ...(resources ? validateResources({ resources, path: path.child('resources'), claims }) : []),
    ...validateResizePolicy(container.resizePolicy, spec, path.child('resizePolicy')),
    ...validateSecurityContext(container.securityContext, spec, path.child('securityContext')),
  ];
}

function validateImage(image: string | undefined, path: FieldPath): FieldError[] {
  if (!image) return [required(path)];
  return image === image.trim() ? [] : [invalid(path, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(ports: readonly ContainerPort[] | undefined, path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return (ports ?? []).flatMap((port, index) => {
    const at = path.index(index);
    const errors = port.name ? validateText(port.name, at.child('name'), isValidPortName) : [];
    if (port.name && errors.length === 0) errors.push(...validateUniqueName(port.name, at.child('name'), names));
    errors.push(...validatePortNumbers(port, at));
    errors.push(...validateChoice(port.protocol, at.child('protocol'), PROTOCOLS));
    return errors;
  });
}

function validatePortNumbers(port: ContainerPort, path: FieldPath): FieldError[] {
  const { containerPort, hostPort } = port;
  const at = path.child('containerPort');
  const errors: FieldError[] = containerPort
    ? isValidPortNumber(containerPort).map((detail) => invalid(at, containerPort, detail))
    : [required(at)];
  if (hostPort) {
    errors.push(...isValidPortNumber(hostPort).map((detail) => invalid(path.child('hostPort'), hostPort, detail)));
  }
  return errors;
}

/** A port of a container in the host's network is a port of the host. */
export function validateHostPortsOfHost({ hostNetwork, containers }: PodSpec, path: FieldPath): FieldError[] {
  if (!hostNetwork) return [];
  return (containers ?? []).flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort, containerPort }, portIndex) => {
      if (!hostPort || hostPort === containerPort) return [];
      const at = path.index(index).child('ports').index(portIndex).child('hostPort');
      return [invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

/** No two ports can be the same port of the host; `taken` has those of the containers that run at the same time. */
function validateHostPorts(container: Container, path: FieldPath, taken: Set<string>): FieldError[] {
  return (container.ports ?? []).flatMap(({ protocol, hostIP, hostPort }, index) => {
    if (!hostPort) return [];
    const key = `${protocol}/${hostIP ?? ''}/${hostPort}`;
    const isTaken = taken.has(key);
    taken.add(key);
    return isTaken ? [duplicate(path.child('ports').index(index).child('hostPort'), key)] : [];
  });
}

function validateRestartRules({ restartPolicy, restartPolicyRules }: Container, path: FieldPath): FieldError[] {
  const at = path.child('restartPolicy');
  const errors: FieldError[] = [];
  if (restartPolicy !== undefined && !RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupported(at, restartPolicy, RESTART_POLICIES));
  }
  if (!restartPolicyRules?.length) return errors;
  const rulesPath = path.child('restartPolicyRules');
  if (restartPolicy === undefined) {
    errors.push(required(at, 'must specify restartPolicy when restart rules are used'));
  }
  if (restartPolicyRules.length > MAX_RESTART_RULES) {
    errors.push(tooMany(rulesPath, restartPolicyRules.length, MAX_RESTART_RULES));
  }
  return [...errors, ...restartPolicyRules.flatMap((rule, index) => validateRestartRule(rule, rulesPath.index(index)))];
}

function validateRestartRule({ action, exitCodes }: ContainerRestartRule, path: FieldPath): FieldError[] {
  const errors = validateChoice(action, path.child('action'), RESTART_ACTIONS);
  const at = path.child('exitCodes');
  if (!exitCodes) return [...errors, required(at, 'must be specified')];
  errors.push(...validateChoice(exitCodes.operator, at.child('operator'), ['In', 'NotIn']));
  const values = exitCodes.values ?? [];
  if (values.length === 0) errors.push(invalid(at.child('values'), values, 'at least one value is required'));
  if (values.length > MAX_EXIT_CODES) {
    errors.push(tooMany(at.child('values'), values.length, MAX_EXIT_CODES));
  }
  for (const [index, value] of values.entries()) {
    errors.push(...isInRange(value, 0, 255).map((detail) => invalid(at.child('values').index(index), value, detail)));
  }
  return errors;
}
