import type { User } from './request.ts';

const ACCOUNT_PREFIX = 'system:serviceaccount:kube-system:';

/** The user that the API server itself acts as. */
export const loopbackUser: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

/** What managed fields call a part of the control plane. */
export function managerOf(user: User): string {
  if (user.name === loopbackUser.name) return 'kube-apiserver';
  if (user.name.startsWith(ACCOUNT_PREFIX)) return 'kube-controller-manager';
  return user.name.slice(user.name.lastIndexOf(':') + 1);
}

/** A part of the control plane in the same process, such as `kube-scheduler`, as admission, audit and field managers see it. */
export function componentUser(component: string): User {
  return { name: `system:${component}`, groups: ['system:authenticated'] };
}

/** A controller, which acts as a service account of its own. Field managers see the manager of all controllers. */
export function controllerUser(account: string): User {
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
  return { name: ACCOUNT_PREFIX + account, groups };
}
