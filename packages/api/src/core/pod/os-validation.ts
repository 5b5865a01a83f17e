import { type FieldError, type FieldPath, fieldForbidden, notSupported, required } from '@kubets/core';
import type { Container } from '../container.ts';
import type { PodSpec } from '../pod.ts';

const SYSTEMS = ['linux', 'windows'];
const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** What only pods on Linux can have. */
const LINUX_SPEC_FIELDS = ['hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'] as const;
const LINUX_CONTEXT_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
] as const;
const LINUX_CONTAINER_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** A pod that names its operating system has no settings of the other. */
export function validateOs(spec: PodSpec, path: FieldPath): FieldError[] {
  if (!spec.os) return [];
  const at = path.child('os', 'name');
  const { name } = spec.os;
  if (!name) return [required(at, 'cannot be empty')];
  if (!SYSTEMS.includes(name)) return [notSupported(at, name, SYSTEMS)];
  return name === 'linux' ? validateNoWindowsOptions(spec, path) : validateNoLinuxFields(spec, path);
}

function validateNoWindowsOptions(spec: PodSpec, path: FieldPath): FieldError[] {
  const detail = 'windows options cannot be set for a linux pod';
  const errors: FieldError[] = spec.securityContext?.windowsOptions
    ? [fieldForbidden(path.child('securityContext', 'windowsOptions'), detail)]
    : [];
  const inContainers = eachContainer(spec, path).filter(([{ securityContext }]) => securityContext?.windowsOptions);
  return [
    ...errors,
    ...inContainers.map(([, at]) => fieldForbidden(at.child('securityContext', 'windowsOptions'), detail)),
  ];
}

function validateNoLinuxFields(spec: PodSpec, path: FieldPath): FieldError[] {
  const detail = 'cannot be set for a windows pod';
  const setFields = <T extends object>(object: T | undefined, fields: readonly (keyof T & string)[]) =>
    fields.filter((field) => object?.[field] !== undefined);
  return [
    ...setFields(spec, LINUX_SPEC_FIELDS).map((field) => path.child(field)),
    ...setFields(spec.securityContext, LINUX_CONTEXT_FIELDS).map((field) => path.child('securityContext', field)),
    ...eachContainer(spec, path).flatMap(([{ securityContext }, at]) =>
      setFields(securityContext, LINUX_CONTAINER_FIELDS).map((field) => at.child('securityContext', field)),
    ),
  ].map((at) => fieldForbidden(at, detail));
}

function eachContainer(spec: PodSpec, path: FieldPath): [Pick<Container, 'securityContext'>, FieldPath][] {
  return CONTAINER_LISTS.flatMap((field) =>
    (spec[field] ?? []).map((container, index): [Pick<Container, 'securityContext'>, FieldPath] => [
      container,
      path.child(field).index(index),
    ]),
  );
}
