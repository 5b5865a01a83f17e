/** Groups whose unversioned types lie in a package that is not called like the group. */
const INTERNAL_PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  'events.k8s.io': 'core',
  'internal.apiserver.k8s.io': 'apiserverinternal',
};

/** A kind as messages of the machinery name its type: core.ConfigMap. */
export function internalType(group: string, kind: string): string {
  return `${INTERNAL_PACKAGES[group] ?? group.split('.', 1)[0]}.${kind}`;
}
