import {
  type Container,
  type LimitRange,
  type LimitRangeItem,
  type PersistentVolumeClaim,
  type Pod,
  podResources,
} from '@kubets/api';
import { compareQuantities, Quantity } from '@kubets/core';
import { type AdmissionPlugin, type AdmissionRequest, refused } from './admission.ts';
import type { Lookup } from './lookup.ts';
import { isPodCreation, isResize } from './service-account.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
type Amounts = Readonly<Record<string, string>>;

/** Gives containers the limits and requests of the namespace's limit ranges, and holds objects to their bounds. */
export function limitRanger(lookup: Lookup): AdmissionPlugin {
  const rangesOf = ({ namespace }: AdmissionRequest) =>
    lookup.list<LimitRange>({ group: '', resource: 'limitranges', namespace });
  return {
    name: 'LimitRanger',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    async mutate(admission) {
      if (!isPodCreation(admission)) return;
      for (const range of await rangesOf(admission)) applyDefaults(admission.object as Pod, range);
    },
    async validate(admission) {
      const isClaim = isClaimWrite(admission);
      if (!isClaim && !isPodCreation(admission) && !isResize(admission)) return;
      const errors: string[] = [];
      for (const range of await rangesOf(admission)) {
        for (const item of range.spec.limits ?? []) {
          if (isClaim && item.type === 'PersistentVolumeClaim') errors.push(...claimErrors(admission, item));
          if (!isClaim && item.type === 'Container') errors.push(...containerErrors(admission.object as Pod, item));
          if (!isClaim && item.type === 'Pod') errors.push(...podErrors(admission.object as Pod, item));
        }
      }
      if (errors.length > 0) throw refused(admission, errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
    },
  };
}

function isClaimWrite({ resource, subresource }: AdmissionRequest): boolean {
  return resource.name.group === '' && resource.name.resource === 'persistentvolumeclaims' && subresource === '';
}

function applyDefaults(pod: Pod, range: LimitRange): void {
  const notes: string[] = [];
  for (const item of range.spec.limits ?? []) {
    if (item.type !== 'Container') continue;
    for (const container of pod.spec.containers) notes.push(...defaultContainer(container, item, 'container'));
    for (const container of pod.spec.initContainers ?? []) {
      notes.push(...defaultContainer(container, item, 'init container'));
    }
  }
  if (notes.length === 0) return;
  const before = pod.metadata.annotations?.[ANNOTATION];
  const text = `LimitRanger plugin set: ${notes.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: before ? `${before}; ${text}` : text };
}

function defaultContainer(container: Container, item: LimitRangeItem, noun: string): string[] {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const addedRequests = missing(item.defaultRequest ?? {}, requests);
  const addedLimits = missing(item.default ?? {}, limits);
  const notes: string[] = [];
  const note = (added: Amounts, what: string) => {
    const names = Object.keys(added).sort();
    if (names.length > 0) notes.push(`${names.join(', ')} ${what} for ${noun} ${container.name}`);
  };
  note(addedRequests, 'request');
  note(addedLimits, 'limit');
  if (notes.length === 0) return notes;
  const allRequests = { ...requests, ...addedRequests };
  const allLimits = { ...limits, ...addedLimits };
  container.resources = {
    ...container.resources,
    ...(Object.keys(allLimits).length > 0 ? { limits: allLimits } : {}),
    ...(Object.keys(allRequests).length > 0 ? { requests: allRequests } : {}),
  };
  return notes;
}

function missing(defaults: Amounts, own: Amounts): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => own[name] === undefined));
}

function containerErrors({ spec }: Pod, item: LimitRangeItem): string[] {
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ resources }) =>
    boundErrors({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }, item),
  );
}

function podErrors(pod: Pod, item: LimitRangeItem): string[] {
  const requests = podResources(pod.spec, 'requests');
  return boundErrors({ requests, limits: podResources(pod.spec, 'limits') }, item);
}

function claimErrors({ object }: AdmissionRequest, { type, min, max }: LimitRangeItem): string[] {
  const requests = (object as PersistentVolumeClaim).spec.resources?.requests ?? {};
  return Object.entries(requests).flatMap(([name, amount]) => {
    const [least, most] = [min?.[name], max?.[name]];
    const errors: string[] = [];
    if (least && compareQuantities(amount, least) < 0) {
      errors.push(`minimum ${name} usage per ${type} is ${least}, but request is ${amount}`);
    }
    if (most && compareQuantities(amount, most) > 0) {
      errors.push(`maximum ${name} usage per ${type} is ${most}, but request is ${amount}`);
    }
    return errors;
  });
}

function boundErrors(own: { requests: Amounts; limits: Amounts }, item: LimitRangeItem): string[] {
  return [
    ...Object.entries(item.min ?? {}).flatMap(([name, least]) => minErrors(own, { name, least, type: item.type })),
    ...Object.entries(item.max ?? {}).flatMap(([name, most]) => maxErrors(own, { name, most, type: item.type })),
    ...Object.entries(item.maxLimitRequestRatio ?? {}).flatMap(([name, ratio]) =>
      ratioErrors(own, { name, ratio, type: item.type }),
    ),
  ];
}

function minErrors(
  { requests, limits }: { requests: Amounts; limits: Amounts },
  { name, least, type }: { name: string; least: string; type: string },
): string[] {
  const rule = `minimum ${name} usage per ${type} is ${least}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined) return [`${rule}.  No request is specified`];
  if (compareQuantities(request, least) < 0) return [`${rule}, but request is ${request}`];
  return limit !== undefined && compareQuantities(limit, least) < 0 ? [`${rule}, but limit is ${limit}`] : [];
}

function maxErrors(
  { requests, limits }: { requests: Amounts; limits: Amounts },
  { name, most, type }: { name: string; most: string; type: string },
): string[] {
  const rule = `maximum ${name} usage per ${type} is ${most}`;
  const [request, limit] = [requests[name], limits[name]];
  if (limit === undefined) return [`${rule}.  No limit is specified`];
  if (compareQuantities(limit, most) > 0) return [`${rule}, but limit is ${limit}`];
  return request !== undefined && compareQuantities(request, most) > 0 ? [`${rule}, but request is ${request}`] : [];
}

function ratioErrors(
  { requests, limits }: { requests: Amounts; limits: Amounts },
  { name, ratio, type }: { name: string; ratio: string; type: string },
): string[] {
  const rule = `${name} max limit to request ratio per ${type} is ${ratio}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined || Quantity.parse(request).isZero())
    return [`${rule}, but no request is specified or request is 0`];
  if (limit === undefined || Quantity.parse(limit).isZero())
    return [`${rule}, but no limit is specified or limit is 0`];
  const actual = Quantity.parse(limit).toNumber() / Quantity.parse(request).toNumber();
  return actual > Quantity.parse(ratio).toNumber() ? [`${rule}, but provided ratio is ${actual.toFixed(6)}`] : [];
}
