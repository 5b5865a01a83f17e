import type { Ingress, IngressClass, Node, PersistentVolumeClaim, StorageClass } from '@kubets/api';
import { compareQuantities, type KubeObject } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';

const DEFAULT_STORAGE_CLASS = 'storageclass.kubernetes.io/is-default-class';
const DEFAULT_INGRESS_CLASS = 'ingressclass.kubernetes.io/is-default-class';
const STORAGE_CLASSES = { group: 'storage.k8s.io', resource: 'storageclasses' };

const isAbout = ({ resource, subresource }: AdmissionRequest, group: string, plural: string) =>
  resource.storedKind.group === group && resource.storedKind.resource === plural && subresource === '';

/** The object that its annotation marks as everybody's default; of several the newest. */
async function defaultOf<T extends KubeObject>(
  lookup: Lookup,
  target: { group: string; resource: string },
  annotation: string,
): Promise<T | undefined> {
  const marked = (await lookup.list<T>(target)).filter((each) => each.metadata.annotations?.[annotation] === 'true');
  const age = ({ metadata }: T) => metadata.creationTimestamp ?? '';
  return marked.sort((a, b) => (age(a) === age(b) ? compareNames(a, b) : age(a) < age(b) ? 1 : -1))[0];
}

const compareNames = (a: KubeObject, b: KubeObject) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/** Claims that name no storage class get the default one. */
export function defaultStorageClass(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isAbout(admission, '', 'persistentvolumeclaims')) return;
      const claim = admission.object as PersistentVolumeClaim;
      const isNamed = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined;
      if (isNamed || claim.spec.storageClassName !== undefined) return;
      const found = await defaultOf<StorageClass>(lookup, STORAGE_CLASSES, DEFAULT_STORAGE_CLASS);
      if (found) claim.spec.storageClassName = found.metadata.name!;
    },
  };
}

/** Ingresses that name no class get the default one. */
export function defaultIngressClass(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (operation) => operation === 'CREATE',
    async mutate(admission) {
      if (!isAbout(admission, 'networking.k8s.io', 'ingresses')) return;
      const ingress = admission.object as Ingress;
      if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] || ingress.spec?.ingressClassName) return;
      const target = { group: 'networking.k8s.io', resource: 'ingressclasses' };
      const found = await defaultOf<IngressClass>(lookup, target, DEFAULT_INGRESS_CLASS);
      if (found) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name! };
    },
  };
}

const PROTECTION: Readonly<Record<string, string>> = {
  persistentvolumes: 'kubernetes.io/pv-protection',
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
};

/** Volumes and claims in use are not deleted before their users are gone. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (operation) => operation === 'CREATE',
  mutate(admission) {
    const { resource, subresource, object } = admission;
    const finalizer = resource.name.group === '' && subresource === '' ? PROTECTION[resource.name.resource] : undefined;
    if (!finalizer || object!.metadata.finalizers?.includes(finalizer)) return;
    object!.metadata.finalizers = [...(object!.metadata.finalizers ?? []), finalizer];
  },
};

/** Claims grow only where their storage class lets them. */
export function persistentVolumeClaimResize(lookup: Lookup): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (operation) => operation === 'UPDATE',
    async validate(admission) {
      if (!isAbout(admission, '', 'persistentvolumeclaims')) return;
      const [claim, old] = [admission.object, admission.old] as [PersistentVolumeClaim, PersistentVolumeClaim];
      const [size, oldSize] = [claim, old].map(({ spec }) => spec.resources?.requests?.storage ?? '0');
      if (compareQuantities(size!, oldSize!) <= 0) return;
      if (old.status?.phase !== 'Bound')
        throw refused(admission, 'Only bound persistent volume claims can be expanded');
      const found = await lookup.get<StorageClass>(STORAGE_CLASSES, old.spec.storageClassName ?? '');
      if (found?.allowVolumeExpansion) return;
      const why =
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw refused(admission, why);
    },
  };
}

/** New nodes take no pods before they are ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (operation) => operation === 'CREATE',
  mutate(admission) {
    if (!isAbout(admission, '', 'nodes')) return;
    const node = admission.object as Node;
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return;
    node.spec = { ...node.spec, taints: [...taints, taint] };
  },
};
