import {
  type FieldError,
  type FieldPath,
  fieldForbidden,
  fieldNotFound,
  invalid,
  notSupported,
  required,
} from '@kubets/core';
import { validateOptionalChoice } from '../../field-rules.ts';
import type { Container, EphemeralContainer, VolumeMount } from '../container.ts';
import { validateNoBacksteps, validateRelativePath } from '../relative-path.ts';
import type { Volume } from '../volume.ts';
import { validateReference } from './name-validation.ts';

const PROPAGATION_MODES = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE_MODES = ['Disabled', 'IfPossible', 'Enabled'];

type AnyContainer = Container | EphemeralContainer;

export function validateMounts(
  container: AnyContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: FieldPath,
): FieldError[] {
  const deviceNames = new Set((container.volumeDevices ?? []).map(({ name }) => name));
  const devicePaths = new Set((container.volumeDevices ?? []).map(({ devicePath }) => devicePath));
  const mountPaths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = path.index(index);
    const { name, mountPath } = mount;
    const errors = validateReference(name, at.child('name'), volumes);
    if (!mountPath) errors.push(required(at.child('mountPath')));
    if (mountPaths.has(mountPath)) errors.push(invalid(at.child('mountPath'), mountPath, 'must be unique'));
    mountPaths.add(mountPath);
    if (deviceNames.has(name)) errors.push(invalid(at.child('name'), name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      errors.push(invalid(at.child('mountPath'), mountPath, detail));
    }
    return [...errors, ...validateMountOptions(mount, container, { at, list: path })];
  });
}

/** Most complaints about a mount's options name only the list it is in, as upstream's do. */
function validateMountOptions(
  mount: VolumeMount,
  container: AnyContainer,
  { at, list }: { at: FieldPath; list: FieldPath },
): FieldError[] {
  const { subPath, subPathExpr, mountPropagation } = mount;
  const errors: FieldError[] = [];
  if (subPath) errors.push(...validateRelativePath(subPath, list.child('subPath')));
  if (subPathExpr) {
    if (subPath) {
      errors.push(invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    }
    errors.push(...validateRelativePath(subPathExpr, list.child('subPathExpr')));
  }
  const propagationAt = list.child('mountPropagation');
  errors.push(...validateOptionalChoice(mountPropagation, propagationAt, PROPAGATION_MODES));
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(fieldForbidden(propagationAt, detail));
  }
  return [...errors, ...validateRecursiveReadOnly(mount, list.child('recursiveReadOnly'))];
}

function validateRecursiveReadOnly(mount: VolumeMount, path: FieldPath): FieldError[] {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!RECURSIVE_MODES.includes(recursiveReadOnly)) return [notSupported(path, recursiveReadOnly, RECURSIVE_MODES)];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(fieldForbidden(path, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.push(fieldForbidden(path, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

/** Only claims can be had as devices. */
function validateBlockVolume(name: string, path: FieldPath, volumes: ReadonlyMap<string, Volume>): FieldError[] {
  const volume = volumes.get(name);
  if (!volume) return [fieldNotFound(path, name)];
  if (volume.persistentVolumeClaim || volume.ephemeral) return [];
  const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
  return [invalid(path, name, detail)];
}

export function validateDevices(
  container: AnyContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: FieldPath,
): FieldError[] {
  const mountNames = new Set((container.volumeMounts ?? []).map(({ name }) => name));
  const mountPaths = new Set((container.volumeMounts ?? []).map(({ mountPath }) => mountPath));
  const [names, paths] = [new Set<string>(), new Set<string>()];
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath }, index) => {
    const [nameAt, pathAt] = [path.index(index).child('name'), path.index(index).child('devicePath')];
    const errors: FieldError[] = name ? [] : [required(nameAt)];
    if (names.has(name)) errors.push(invalid(nameAt, name, 'must be unique'));
    errors.push(...validateBlockVolume(name, nameAt, volumes));
    if (!devicePath) errors.push(required(pathAt));
    if (paths.has(devicePath)) errors.push(invalid(pathAt, devicePath, 'must be unique'));
    const isUpward = validateNoBacksteps(devicePath ?? '', pathAt).length > 0;
    if (isUpward) errors.push(invalid(pathAt, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mountNames.has(name)) errors.push(invalid(nameAt, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath)) {
      errors.push(invalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts'));
    }
    if (name) names.add(name);
    return errors;
  });
}
