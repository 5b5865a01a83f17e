import { type AdmissionPlugin, refused } from './admission.ts';

/** Lets everything in: what having no other plugin would do. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit', handles: () => false };

/** Lets nothing in, for tests. */
export const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  handles: () => true,
  validate(admission) {
    throw refused(admission, 'admission control is denying all modifications');
  },
};
