import type { User } from './request.ts';

const PRIVILEGED = ['system:masters', 'system:authenticated'];

/** The user that the API server itself acts as. */
export const loopbackUser: User = { name: 'system:apiserver', groups: PRIVILEGED };

/** What managed fields call a part of the control plane. */
export function managerOf(user: User): string {
  return user.name === loopbackUser.name ? 'kube-apiserver' : user.name.slice(user.name.lastIndexOf(':') + 1);
}

/** A part of the control plane in the same process, such as `kube-scheduler`, as admission, audit and field managers see it. */
export function componentUser(component: string): User {
  return { name: `system:${component}`, groups: PRIVILEGED };
}
