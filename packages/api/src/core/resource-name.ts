import { type FieldError, type FieldPath, invalid, isQualifiedName } from '@kubets/core';

/** The resources that Kubernetes itself knows have no prefix, or this one. */
const NATIVE_DOMAIN = 'kubernetes.io/';
const QUOTA_REQUEST_PREFIX = 'requests.';

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Whether a resource is one of Kubernetes' own. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes(NATIVE_DOMAIN);
}

/** Whether a name can be that of a resource which a device plugin or an administrator brings. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(QUOTA_REQUEST_PREFIX)) return false;
  return isQualifiedName(`${QUOTA_REQUEST_PREFIX}${name}`).length === 0;
}

/** Whether containers may together be promised more of it than a node has. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** Rules for the name of any resource. */
export function validateResourceName(name: string, path: FieldPath): FieldError[] {
  return isQualifiedName(name).map((detail) => invalid(path, name, detail));
}

/** Rules for a resource that containers may ask for. */
export function validateContainerResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0) return errors;
  if (!name.includes('/')) {
    const isStandard = CONTAINER_RESOURCES.has(name) || isHugePages(name);
    return isStandard ? [] : [invalid(path, name, 'must be a standard resource for containers')];
  }
  return isNativeResource(name) || isExtendedResource(name)
    ? []
    : [invalid(path, name, "doesn't follow extended resource name standard")];
}
