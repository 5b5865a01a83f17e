import { Binding, bindingKind, type Pod, type PodCondition } from '@kubets/api';
import { badRequest, conflict, conform, invalidObject, type JsonObject } from '@kubets/core';
import { timestamp } from '../registry/metadata.ts';
import { answerSuccess } from '../registry/outcome.ts';
import type { Resource } from '../registry/resource.ts';
import { rewriteObject } from '../registry/rewrite-object.ts';
import type { AuthenticatedRequest, VerbResult } from '../request.ts';
import type { ServerContext } from '../server-context.ts';

/** POST of a Binding, to a pod's binding subresource or to `bindings`: assigns the pod to a node. */
export async function bind(server: ServerContext, request: AuthenticatedRequest, pods: Resource): Promise<VerbResult> {
  const binding = bindingOf(request);
  const name = request.subresource ? request.name : (binding.metadata.name ?? '');
  if (binding.metadata.name && binding.metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  const target = { resource: pods, namespace: request.namespace, name, dryRun: request.options.dryRun ?? false };
  await rewriteObject<Pod>(server, target, (pod) => assign(pod, binding, server.clock.now()));
  return answerSuccess(undefined, { code: 201 });
}

function bindingOf(request: AuthenticatedRequest): Binding {
  const binding = conform(Binding, (request.body ?? {}) as JsonObject).value as unknown as Binding;
  const { metadata = {}, target = {} } = binding;
  const complete = { ...binding, metadata, target };
  const errors = bindingKind.strategy.validate?.(complete, { subresource: 'binding', nowMs: 0 }) ?? [];
  if (errors.length === 0) return complete;
  throw invalidObject({ group: '', resource: '', kind: 'Binding', name: metadata.name ?? request.name, errors });
}

function assign(pod: Pod, binding: Binding, nowMs: number): Pod {
  const { name = '', uid, resourceVersion } = pod.metadata;
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why);
  const wanted = binding.metadata;
  if (wanted.uid && wanted.uid !== uid) {
    throw refuse(`Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`);
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    const which = `ResourceVersion in precondition: ${wanted.resourceVersion}`;
    throw refuse(`Precondition failed: ${which}, ResourceVersion in object meta: ${resourceVersion}`);
  }
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const annotations = { ...pod.metadata.annotations, ...wanted.annotations };
  const labels = { ...pod.metadata.labels, ...wanted.labels };
  const metadata = { ...pod.metadata };
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  if (Object.keys(labels).length > 0) metadata.labels = labels;
  const spec = { ...pod.spec, nodeName: binding.target.name ?? '' };
  // Where the pod was to go is of no interest once it is there.
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  return { ...pod, metadata, spec, status: { ...status, conditions: scheduled(pod, nowMs) } };
}

function scheduled(pod: Pod, nowMs: number): PodCondition[] {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const condition: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(nowMs) };
  if (pod.metadata.generation) condition.observedGeneration = pod.metadata.generation;
  return [...others, condition];
}
