import {
  duplicate,
  type FieldError,
  FieldPath,
  fieldForbidden,
  invalid,
  isDns1123Subdomain,
  isQualifiedName,
  isValidIp,
  parseIp,
  rangeMessage,
  sameJson,
} from '@kubets/core';
import { validateText } from '../../field-rules.ts';
import type { Container } from '../container.ts';
import type { Toleration } from '../placement.ts';
import type { ContainerStatus, Pod, PodSpec } from '../pod.ts';
import { differenceText } from './difference.ts';
import { validateGatedPlacement } from './gated-update-validation.ts';
import { isSidecar } from './sidecar.ts';
import { MIRROR_POD_ANNOTATION } from './validation.ts';

const MAX_INT32 = 2 ** 31 - 1;
const SPEC = new FieldPath('spec');

const CHANGEABLE_FIELDS = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

/** Of a pod that exists, hardly anything can change. */
export function validatePodUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field]?.length ?? 0) !== (old[field]?.length ?? 0)) {
      return [fieldForbidden(SPEC.child(field), 'pod updates may not add or remove containers')];
    }
  }
  const errors = [
    ...validateDeadlineChange(spec, old),
    ...validateAddedTolerations(spec.tolerations, old.tolerations),
    ...validateRemovedGates(spec, old),
    ...(old.schedulingGates?.length ? validateGatedPlacement(spec, old) : []),
  ];
  const comparable = withChangeableFieldsOf(spec, old);
  if (!sameJson(comparable, old)) {
    const allowed = CHANGEABLE_FIELDS.join(',');
    const detail = `pod updates may not change fields other than ${allowed}\n${differenceText(old, comparable)}`;
    errors.push(fieldForbidden(SPEC, detail));
  }
  return errors;
}

/** The new spec with everything that may change put back, so that what still differs is forbidden. */
function withChangeableFieldsOf(spec: PodSpec, old: PodSpec): PodSpec {
  const images = (containers: readonly Container[], stored: readonly Container[] = []) =>
    containers.map((container, index) => restored(container, stored[index] ?? {}, ['image']));
  const result = restored(spec, old, ['activeDeadlineSeconds', 'schedulingGates', 'tolerations']);
  result.containers = images(spec.containers, old.containers);
  if (spec.initContainers) result.initContainers = images(spec.initContainers, old.initContainers);
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    result.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds!;
  }
  return old.schedulingGates?.length ? restored(result, old, ['nodeSelector', 'affinity']) : result;
}

/** `object` with the values that `old` has in `fields`. */
function restored<T extends object>(object: T, old: Partial<T>, fields: readonly (keyof T)[]): T {
  const result = { ...object };
  for (const field of fields) {
    const value = old[field];
    if (value === undefined) delete result[field];
    else result[field] = value as T[keyof T];
  }
  return result;
}

function validateDeadlineChange({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: old }: PodSpec) {
  const path = SPEC.child('activeDeadlineSeconds');
  if (now === undefined) {
    return old === undefined ? [] : [invalid(path, null, 'must not update from a positive integer to nil value')];
  }
  if (now < 0 || now > MAX_INT32) return [invalid(path, now, rangeMessage(0, MAX_INT32))];
  return old !== undefined && now > old ? [invalid(path, now, 'must be less than or equal to previous value')] : [];
}

/** Tolerations can be added, and the time of one can change. */
function validateAddedTolerations(now: readonly Toleration[] = [], old: readonly Toleration[] = []): FieldError[] {
  const withoutTime = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const isKept = old.every((stored) => now.some((added) => sameJson(withoutTime(added), withoutTime(stored))));
  if (isKept) return [];
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return [fieldForbidden(SPEC.child('tolerations'), detail)];
}

function validateRemovedGates({ schedulingGates: now = [] }: PodSpec, { schedulingGates: old = [] }: PodSpec) {
  const known = new Set(old.map(({ name }) => name));
  return now.flatMap(({ name }, index) => {
    if (known.has(name)) return [];
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [fieldForbidden(SPEC.child('schedulingGates').index(index), detail)];
  });
}

/** Conditions of pods that are Kubernetes' own. */
const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** The types of conditions are names; they are told as if they were metadata, as upstream tells them. */
function validateConditions({ status }: Pod): FieldError[] {
  const path = new FieldPath('metadata').child('conditions');
  return (status?.conditions ?? []).flatMap(({ type }, index) =>
    SYSTEM_CONDITIONS.has(type) ? [] : validateText(type ?? '', path.index(index).child('Type'), isQualifiedName),
  );
}

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const path = new FieldPath('status');
  const { nominatedNodeName, containerStatuses, initContainerStatuses } = pod.status ?? {};
  const errors: FieldError[] = nominatedNodeName
    ? validateText(nominatedNodeName, path.child('nominatedNodeName'), isDns1123Subdomain)
    : [];
  return [
    ...validateConditions(pod),
    ...errors,
    ...validateIPs(pod.status?.podIPs, path.child('podIPs')),
    ...validateIPs(pod.status?.hostIPs, path.child('hostIPs')),
    ...validateTransitions({
      now: containerStatuses,
      old: old.status?.containerStatuses,
      path: path.child('containerStatuses'),
      mayRestart: () => pod.spec.restartPolicy === 'Always' || pod.spec.restartPolicy === 'OnFailure',
    }),
    ...validateTransitions({
      now: initContainerStatuses,
      old: old.status?.initContainerStatuses,
      path: path.child('initContainerStatuses'),
      mayRestart: (name) => mayInitRestart(pod, name),
    }),
  ];
}

function mayInitRestart({ spec }: Pod, name: string): boolean {
  return spec.restartPolicy !== 'Never' || isSidecar(spec.initContainers?.find((container) => container.name === name));
}

/** A container that has ended for good stays ended. */
function validateTransitions(statuses: {
  now: readonly ContainerStatus[] | undefined;
  old: readonly ContainerStatus[] | undefined;
  path: FieldPath;
  mayRestart(name: string): boolean;
}): FieldError[] {
  return (statuses.old ?? []).flatMap((stored, index) => {
    if (!stored.state?.terminated || statuses.mayRestart(stored.name)) return [];
    const status = statuses.now?.find(({ name }) => name === stored.name);
    if (!status || status.state?.terminated) return [];
    const at = statuses.path.index(index).child('state');
    return [fieldForbidden(at, 'may not be transitioned to non-terminated state')];
  });
}

function validateIPs(addresses: readonly { ip: string }[] | undefined, path: FieldPath): FieldError[] {
  const list = addresses ?? [];
  const errors = list.flatMap(({ ip }, index) => validateText(ip, path.index(index), isValidIp));
  const families = list.map(({ ip }) => parseIp(ip)?.family);
  if (new Set(families).size < families.length) {
    const quoted = list.map(({ ip }) => ({ IP: ip }));
    errors.push(invalid(path, quoted, 'may specify no more than one IP for each IP family'));
  }
  const repeated = list.flatMap(({ ip }, index) =>
    list.findIndex((other) => other.ip === ip) < index ? [duplicate(path.index(index), { IP: ip })] : [],
  );
  return [...errors, ...repeated];
}

/** Containers for debugging can only be added. */
export function validateEphemeralContainersUpdate({ metadata, spec }: Pod, old: Pod): FieldError[] {
  if (metadata.annotations?.[MIRROR_POD_ANNOTATION] !== undefined) {
    return [fieldForbidden(new FieldPath(''), 'static pods do not support ephemeral containers')];
  }
  const path = SPEC.child('ephemeralContainers');
  return (old.spec.ephemeralContainers ?? []).flatMap((stored) => {
    const name = JSON.stringify(stored.name);
    const container = spec.ephemeralContainers?.find((candidate) => candidate.name === stored.name);
    if (!container) return [fieldForbidden(path, `existing ephemeral containers ${name} may not be removed\n`)];
    if (sameJson(container, stored)) return [];
    const difference = differenceText(stored, container);
    return [fieldForbidden(path, `existing ephemeral containers ${name} may not be changed\n${difference}`)];
  });
}
