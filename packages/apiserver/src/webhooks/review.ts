import type { AdmissionResponse, AdmissionRequest as ReviewRequest } from '@kubets/api';
import {
  decodeBase64,
  type JsonObject,
  type JsonPatchOperation,
  type KubeObject,
  parseJsonPatch,
  type Status,
} from '@kubets/core';
import type { AdmissionRequest } from '../admission/admission.ts';
import type { BodyForm, Resource } from '../registry/resource.ts';
import type { User } from '../request.ts';
import { namespaceOf } from './matching.ts';

const VERSION = 'admission.k8s.io/v1';

/** The request of an AdmissionReview, in the version that the webhook asked for. */
export function admissionRequestOf(admission: AdmissionRequest, as: Resource, uid: string): ReviewRequest {
  const { resource, subresource, operation, dryRun, name } = admission;
  const namespace = namespaceOf(admission);
  const form = as.bodyOf(subresource);
  return {
    uid,
    kind: kindOf(form),
    resource: resourceOf(as),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindOf(resource.bodyOf(subresource)),
    requestResource: resourceOf(resource),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: userInfoOf(admission.request.user),
    object: shown(admission.object, form),
    oldObject: shown(admission.old, form),
    dryRun,
    options: optionsOf(admission),
  } as unknown as ReviewRequest;
}

export function admissionReview(request: ReviewRequest): object {
  return { kind: 'AdmissionReview', apiVersion: VERSION, request };
}

function kindOf({ kind }: BodyForm) {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

function resourceOf({ kind }: Resource) {
  return { group: kind.group, version: kind.version, resource: kind.resource };
}

function userInfoOf({ name, uid, groups, extra }: User) {
  return { username: name, ...(uid ? { uid } : {}), groups: [...groups], ...(extra ? { extra } : {}) };
}

function shown(object: KubeObject | undefined, as: BodyForm): KubeObject | null {
  return object ? as.fromStored(object) : null;
}

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

function optionsOf({ request, operation }: AdmissionRequest): object | null {
  const kind = OPTIONS_KINDS[request.verb];
  if (!kind) return null;
  const { dryRun, fieldManager, fieldValidation, force } = request.options;
  const head = { kind, apiVersion: 'meta.k8s.io/v1' };
  if (operation === 'DELETE') return { ...(request.body as object | undefined), ...head };
  return {
    ...head,
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(force === undefined ? {} : { force }),
    ...(fieldManager ? { fieldManager } : {}),
    ...(fieldValidation ? { fieldValidation } : {}),
  };
}

/** What a webhook has answered. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: Partial<Status> | undefined;
  readonly warnings: readonly string[];
  /** Notes for the record of the request. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
  /** Changes to the object. Empty unless a mutating webhook makes some. */
  readonly patch: readonly JsonPatchOperation[];
}

/** Reads the answer to the review `uid`. Throws an Error that says what is wrong with it. */
export function verdictOf(answer: unknown, options: { uid: string; mayPatch: boolean }): Verdict {
  const review = (typeof answer === 'object' && answer !== null ? answer : {}) as JsonObject;
  const { kind, apiVersion } = review;
  if (kind !== 'AdmissionReview' || apiVersion !== VERSION) {
    const expected = 'admission.k8s.io/v1, Kind=AdmissionReview';
    throw new Error(`expected webhook response of ${expected}, got ${apiVersion ?? '/'}, Kind=${kind ?? ''}`);
  }
  const response = review.response as unknown as AdmissionResponse | undefined;
  if (!response) throw new Error('webhook response was absent');
  const { uid, allowed, status, warnings = [], auditAnnotations = {} } = response;
  if (uid !== options.uid)
    throw new Error(`expected response.uid=${JSON.stringify(options.uid)}, got ${JSON.stringify(uid ?? '')}`);
  const patch = patchOf(response, options.mayPatch);
  const verdict = { allowed: allowed === true, status: status as Partial<Status> | undefined };
  return { ...verdict, warnings, auditAnnotations, patch };
}

function patchOf({ patch, patchType }: AdmissionResponse, mayPatch: boolean): readonly JsonPatchOperation[] {
  if (!mayPatch) {
    if (patch) throw new Error('validating webhook may not return response.patch');
    if (patchType) throw new Error('validating webhook may not return response.patchType');
    return [];
  }
  if (!patch) {
    if (patchType) throw new Error('webhook returned response.patchType but not response.patch');
    return [];
  }
  if (!patchType) throw new Error('webhook returned response.patch but not response.patchType');
  if (patchType !== 'JSONPatch')
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  return parseJsonPatch(JSON.parse(new TextDecoder().decode(decodeBase64(patch))));
}
