import { type FieldError, type FieldPath, invalid, isQualifiedName } from '@kubets/core';

/** The resources that Kubernetes itself knows have no prefix, or this one. */
const NATIVE_DOMAIN = 'kubernetes.io/';
const QUOTA_REQUEST_PREFIX = 'requests.';

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Resources that a quota can count without naming their kind with `count/`. */
const QUOTA_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);

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

/** Resources that are whole things. */
const COUNTED_RESOURCES =
  /^(pods|resourcequotas|services(\.nodeports|\.loadbalancers)?|replicationcontrollers|secrets|persistentvolumeclaims|configmaps)$/;

/** Whether there can only be whole numbers of the resource. */
export function isCountedResource(name: string): boolean {
  return COUNTED_RESOURCES.test(name) || isExtendedResource(name);
}

/** Whether quotas count the resource under this name. */
export function isQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || isHugePages(name.replace(QUOTA_REQUEST_PREFIX, ''));
}

/** Rules for the name of any resource: those without a domain are Kubernetes' own. */
export function validateResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = isQualifiedName(name).map((detail) => invalid(path, name, detail));
  if (errors.length > 0 || name.includes('/') || name === 'storage' || isQuotaResource(name)) return errors;
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** Rules for a resource that containers may ask for. */
export function validateContainerResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    const isStandard = CONTAINER_RESOURCES.has(name) || isHugePages(name);
    return isStandard ? errors : [...errors, invalid(path, name, 'must be a standard resource for containers')];
  }
  return isNativeResource(name) || isExtendedResource(name)
    ? errors
    : [...errors, invalid(path, name, "doesn't follow extended resource name standard")];
}

/** Rules for a resource that quotas may limit. */
export function validateQuotaResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateResourceName(name, path);
  return name.includes('/') || isQuotaResource(name)
    ? errors
    : [...errors, invalid(path, name, 'must be a standard resource for quota')];
}
