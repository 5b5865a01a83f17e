import type { Pod, PriorityClass } from '@kubets/api';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPodCreation } from './service-account.ts';

const CLASSES = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };

/** Turns the name of a pod's priority class into its priority; only one class may be everybody's default. */
export function priority(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    async mutate(admission) {
      if (isPodCreation(admission)) await prioritize(admission, lookup);
    },
    async validate(admission) {
      const { resource, object, name } = admission;
      if (resource.name.resource !== CLASSES.resource || resource.name.group !== CLASSES.group) return;
      if (!(object as PriorityClass).globalDefault) return;
      const other = await defaultClass(lookup);
      if (other && other.metadata.name !== name) {
        const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
        throw refused(admission, why);
      }
    },
  };
}

async function prioritize(admission: AdmissionRequest, lookup: Lookup): Promise<void> {
  const { spec } = admission.object as Pod;
  const wanted = await classOf(admission, lookup);
  if (wanted && !spec.priorityClassName) spec.priorityClassName = wanted.metadata.name!;
  const value = wanted?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw refused(admission, why);
  }
  spec.priority = value;
  const policy = wanted?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw refused(admission, why);
  }
  spec.preemptionPolicy = policy;
}

async function classOf(admission: AdmissionRequest, lookup: Lookup): Promise<PriorityClass | undefined> {
  const name = (admission.object as Pod).spec.priorityClassName;
  if (!name) return defaultClass(lookup);
  const found = await lookup.get<PriorityClass>(CLASSES, name);
  if (!found) throw refused(admission, `no PriorityClass with name ${name} was found`);
  return found;
}

/** Of several defaults the one with the lowest value counts. */
async function defaultClass(lookup: Lookup): Promise<PriorityClass | undefined> {
  const defaults = (await lookup.list<PriorityClass>(CLASSES)).filter(({ globalDefault }) => globalDefault);
  return defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}
