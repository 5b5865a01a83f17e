import { type FieldError, FieldPath, fieldForbidden, invalid, sameJson } from '@kubets/core';
import type { Container, ResourceRequirements } from '../container.ts';
import type { Pod, PodSpec } from '../pod.ts';
import type { ResourceList } from '../resource-list.ts';
import { qosClassOf } from './qos.ts';
import { isSidecar } from './sidecar.ts';
import { MIRROR_POD_ANNOTATION } from './validation.ts';

const SPEC = new FieldPath('spec');
const RESIZABLE = ['cpu', 'memory'];
const CONTAINER_LISTS = ['containers', 'initContainers'] as const;

/**
 * The stored specification with the resources that `wanted` gives. Where the containers are not the same ones, they are left as
 * wanted, for validation to refuse.
 */
export function resizedSpec(wanted: PodSpec, stored: PodSpec): PodSpec {
  const spec: PodSpec = { ...stored, containers: resizedContainers(wanted.containers, stored.containers) };
  const initContainers = resizedContainers(wanted.initContainers, stored.initContainers);
  if (initContainers.length > 0) spec.initContainers = initContainers;
  if (wanted.resources) spec.resources = wanted.resources;
  return spec;
}

function resizedContainers(wanted: Container[] = [], stored: readonly Container[] = []): Container[] {
  if (!sameJson(namesOf(wanted), namesOf(stored))) return wanted;
  return stored.map(({ resources: _, resizePolicy: __, ...rest }, index) => {
    const { resources, resizePolicy } = wanted[index]!;
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) };
  });
}

function namesOf(containers: readonly Container[] | undefined): string[] {
  return (containers ?? []).map(({ name }) => name);
}

/** A running pod can be given more or less CPU and memory, but stays in its class of service. */
export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  const whole = new FieldPath('');
  if (old.metadata.annotations?.[MIRROR_POD_ANNOTATION] !== undefined) {
    return [fieldForbidden(whole, 'static pods cannot be resized')];
  }
  if (old.spec.os?.name === 'windows') return [fieldForbidden(whole, 'windows pods cannot be resized')];
  const errors = validateSameContainers(pod.spec, old.spec);
  if (errors.length > 0) return errors;
  const qosClass = qosClassOf(pod.spec);
  if (qosClass !== (old.status?.qosClass ?? qosClassOf(old.spec))) {
    errors.push(invalid(SPEC, qosClass, 'Pod QOS Class may not change as a result of resizing'));
  }
  for (const field of CONTAINER_LISTS) {
    for (const [index, container] of (pod.spec[field] ?? []).entries()) {
      const path = SPEC.child(field).index(index);
      errors.push(
        ...validateRemovals(container.resources, old.spec[field]![index]!.resources, path.child('resources')),
      );
    }
  }
  return [...errors, ...validateOnlyResizable(pod.spec, old.spec)];
}

function validateSameContainers(spec: PodSpec, old: PodSpec): FieldError[] {
  return CONTAINER_LISTS.flatMap((field) => {
    const [names, before] = [namesOf(spec[field]), namesOf(old[field])];
    if (names.length !== before.length) {
      return [fieldForbidden(SPEC.child(field), 'pod updates may not add or remove containers')];
    }
    return sameJson(names, before)
      ? []
      : [fieldForbidden(SPEC.child(field), 'containers may not be renamed or reordered on resize')];
  });
}

/** What a container has of CPU and memory can change, but not vanish. */
function validateRemovals(
  resources: ResourceRequirements = {},
  old: ResourceRequirements = {},
  path: FieldPath,
): FieldError[] {
  return (['limits', 'requests'] as const).flatMap((side) => {
    const isRemoved = RESIZABLE.some((name) => name in (old[side] ?? {}) && !(name in (resources[side] ?? {})));
    return isRemoved ? [fieldForbidden(path.child(side), `resource ${side} cannot be removed`)] : [];
  });
}

function validateOnlyResizable(spec: PodSpec, old: PodSpec): FieldError[] {
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const before = old.initContainers![index]!;
    if (isSidecar(before) || sameJson(container.resources, before.resources)) continue;
    const path = SPEC.child('initContainers').index(index).child('resources');
    return [fieldForbidden(path, 'resources for non-sidecar init containers are immutable')];
  }
  const isSame = CONTAINER_LISTS.every((field) => sameJson(fixedPartsOf(spec[field]), fixedPartsOf(old[field])));
  return isSame ? [] : [fieldForbidden(SPEC, 'only cpu and memory resources are mutable')];
}

function fixedPartsOf(containers: readonly Container[] | undefined): object[] {
  return (containers ?? []).map(({ resources, ...rest }) => ({
    ...rest,
    claims: resources?.claims,
    limits: withoutResizable(resources?.limits),
    requests: withoutResizable(resources?.requests),
  }));
}

function withoutResizable(resources: Readonly<ResourceList> | undefined): ResourceList {
  return Object.fromEntries(Object.entries(resources ?? {}).filter(([name]) => !RESIZABLE.includes(name)));
}
