import type { Service } from '@kubets/api';
import { type AdmissionPlugin, refused } from './admission.ts';

/** No service may claim addresses outside of the cluster; those that it has already it may keep. */
export const denyServiceExternalIps: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  validate(admission) {
    const { resource, subresource, object, old } = admission;
    if (resource.name.group !== '' || resource.name.resource !== 'services' || subresource) return;
    const before = (old as Service | undefined)?.spec?.externalIPs ?? [];
    const wanted = (object as Service).spec?.externalIPs ?? [];
    if (wanted.some((address) => !before.includes(address)))
      throw refused(admission, 'Use of external IPs is denied by admission control.');
  },
};
