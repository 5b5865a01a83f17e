import {
  type AnyMessage,
  field,
  type Infer,
  type KubeObject,
  list,
  type Message,
  map,
  message,
  string,
} from '@kubets/core';
import { mutatingAdmissionPolicyKind } from '../admissionregistration/mutating-admission-policy.ts';
import { mutatingAdmissionPolicyBindingKind } from '../admissionregistration/mutating-admission-policy-binding.ts';
import {
  MutatingWebhook,
  type MutatingWebhookConfiguration,
  mutatingWebhookConfigurationKind,
} from '../admissionregistration/mutating-webhook-configuration.ts';
import { validatingAdmissionPolicyKind } from '../admissionregistration/validating-admission-policy.ts';
import { validatingAdmissionPolicyBindingKind } from '../admissionregistration/validating-admission-policy-binding.ts';
import {
  ValidatingWebhook,
  type ValidatingWebhookConfiguration,
  validatingWebhookConfigurationKind,
} from '../admissionregistration/validating-webhook-configuration.ts';
import { selfSubjectReviewKind } from '../authentication/self-subject-review.ts';
import { tokenReviewKind } from '../authentication/token-review.ts';
import { localSubjectAccessReviewKind } from '../authorization/local-subject-access-review.ts';
import { selfSubjectAccessReviewKind } from '../authorization/self-subject-access-review.ts';
import { selfSubjectRulesReviewKind } from '../authorization/self-subject-rules-review.ts';
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from '../authorization/shared.ts';
import { type SubjectAccessReview, subjectAccessReviewKind } from '../authorization/subject-access-review.ts';
import {
  type CertificateSigningRequest,
  CertificateSigningRequestSpec,
  certificateSigningRequestKind,
} from '../certificates/certificate-signing-request.ts';
import { isEmptySelector } from '../label-selector.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import type { LabelSelector } from '../meta/selector.ts';
import { type PodDisruptionBudget, podDisruptionBudgetKind } from '../policy/pod-disruption-budget.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

/** A label that no pod has: with Exists it selects nothing, with DoesNotExist everything. */
const NO_POD_LABEL = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';
const NOTHING: LabelSelector = { matchExpressions: [{ key: NO_POD_LABEL, operator: 'Exists' }] };
const EVERYTHING: LabelSelector = { matchExpressions: [{ key: NO_POD_LABEL, operator: 'DoesNotExist' }] };

const isSame = (selector: LabelSelector | undefined, other: LabelSelector) =>
  selector?.matchExpressions?.length === 1 &&
  !selector.matchLabels &&
  selector.matchExpressions[0]?.key === NO_POD_LABEL &&
  selector.matchExpressions[0].operator === other.matchExpressions?.[0]?.operator;

/** An empty selector selected no pod in v1beta1, and selects all since. */
function budgetToCurrent(budget: PodDisruptionBudget): PodDisruptionBudget {
  const { selector } = budget.spec;
  if (!selector) return budget;
  if (isEmptySelector(selector)) return { ...budget, spec: { ...budget.spec, selector: NOTHING } };
  return isSame(selector, EVERYTHING) ? { ...budget, spec: { ...budget.spec, selector: {} } } : budget;
}

function budgetFromCurrent(budget: PodDisruptionBudget): PodDisruptionBudget {
  const { selector } = budget.spec;
  if (!selector) return budget;
  if (isEmptySelector(selector)) return { ...budget, spec: { ...budget.spec, selector: EVERYTHING } };
  return isSame(selector, NOTHING) ? { ...budget, spec: { ...budget.spec, selector: {} } } : budget;
}

/** What webhooks were taken to say before version 1. */
function applyWebhookDefaults({ webhooks = [] }: MutatingWebhookConfiguration | ValidatingWebhookConfiguration): void {
  for (const webhook of webhooks) {
    webhook.failurePolicy ??= 'Ignore';
    webhook.matchPolicy ??= 'Exact';
    webhook.sideEffects ??= 'Unknown';
    webhook.timeoutSeconds ??= 30;
    if (!webhook.admissionReviewVersions?.length) webhook.admissionReviewVersions = ['v1beta1'];
  }
}

const CLIENT_USAGES = ['client auth', 'digital signature', 'key encipherment'];
const SERVING_USAGES = ['server auth', 'digital signature', 'key encipherment'];

/** Requests did not name their signer; it was told by what they asked for. */
function applySigningRequestDefaults({ spec, status }: CertificateSigningRequest): void {
  if (!spec.usages?.length) spec.usages = ['digital signature', 'key encipherment'];
  const usages = spec.usages;
  const isFor = (allowed: readonly string[], needed: string) =>
    usages.includes(needed) && usages.every((usage) => allowed.includes(usage));
  const username = spec.username ?? '';
  if (!spec.signerName) {
    if (username.startsWith('system:node:') && isFor(SERVING_USAGES, 'server auth')) {
      spec.signerName = 'kubernetes.io/kubelet-serving';
    } else if (isFor(CLIENT_USAGES, 'client auth') && spec.groups?.includes('system:nodes')) {
      spec.signerName = 'kubernetes.io/kube-apiserver-client-kubelet';
    } else spec.signerName = 'kubernetes.io/legacy-unknown';
  }
  for (const condition of status?.conditions ?? []) condition.status ||= 'True';
}

const LegacyAccessReviewSpec = message(
  'io.k8s.api.authorization.v1beta1.SubjectAccessReviewSpec',
  'A user and an action.',
  {
    resourceAttributes: field(1, ResourceAttributes, 'An action on a resource.'),
    nonResourceAttributes: field(2, NonResourceAttributes, 'A request to a URL that belongs to no resource.'),
    user: field(3, string, 'Name of the user.'),
    group: field(4, list(string), 'Groups of the user.').atomic(),
    extra: field(5, map(list(string)), 'Further attributes that the authenticator gave the user.'),
    uid: field(6, string, 'Identifier of the user.'),
  },
);

const accessReview = (kind: string) =>
  message(`io.k8s.api.authorization.v1beta1.${kind}`, 'Asks whether a user may do something.', {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, LegacyAccessReviewSpec, 'The user and the action.').required().default({}),
    status: field(3, SubjectAccessReviewStatus, 'The answer, filled in by the server.').default({}),
  });

interface LegacyAccessReview extends Infer<ReturnType<typeof accessReview>> {}

/** The groups of a user were in a field named in the singular. */
function reviewToCurrent<Current extends KubeObject>(review: LegacyAccessReview): Current {
  const { group, ...spec } = review.spec;
  return { ...review, spec: { ...spec, ...(group ? { groups: group } : {}) } } as unknown as Current;
}

function reviewFromCurrent(review: SubjectAccessReview): LegacyAccessReview {
  const { groups, ...spec } = review.spec;
  return { ...review, spec: { ...spec, ...(groups ? { group: groups } : {}) } };
}

const requestSpec = lessDemanding(CertificateSigningRequestSpec, {
  name: 'io.k8s.api.certificates.v1beta1.CertificateSigningRequestSpec',
  optional: ['signerName'],
});

/** Webhooks did not have to say what they do, nor which reviews they understand. */
function webhooksIn(kind: string, { schema }: { schema: AnyMessage }, webhook: Message): AnyMessage {
  const named = (name: string) => `io.k8s.api.admissionregistration.v1beta1.${name}`;
  const older = lessDemanding(webhook, { name: named(kind), optional: ['sideEffects', 'admissionReviewVersions'] });
  return lessDemanding(schema, { name: named(`${kind}Configuration`), of: { webhooks: list(older) } });
}

export const legacyPolicyKinds = [
  olderVersion<PodDisruptionBudget, PodDisruptionBudget>(podDisruptionBudgetKind, {
    version: 'v1beta1',
    toCurrent: budgetToCurrent,
    fromCurrent: budgetFromCurrent,
  }),
  olderVersion<CertificateSigningRequest, CertificateSigningRequest>(certificateSigningRequestKind, {
    version: 'v1beta1',
    schema: lessDemanding(certificateSigningRequestKind.schema, {
      name: 'io.k8s.api.certificates.v1beta1.CertificateSigningRequest',
      of: { spec: requestSpec },
    }),
    applyDefaults: applySigningRequestDefaults,
  }),
  olderVersion<LegacyAccessReview, SubjectAccessReview>(subjectAccessReviewKind, {
    version: 'v1beta1',
    schema: accessReview('SubjectAccessReview'),
    toCurrent: reviewToCurrent,
    fromCurrent: reviewFromCurrent,
  }),
  olderVersion<LegacyAccessReview, SubjectAccessReview>(localSubjectAccessReviewKind, {
    version: 'v1beta1',
    schema: accessReview('LocalSubjectAccessReview'),
    toCurrent: reviewToCurrent,
    fromCurrent: reviewFromCurrent,
  }),
  olderVersion(selfSubjectAccessReviewKind, { version: 'v1beta1' }),
  olderVersion(selfSubjectRulesReviewKind, { version: 'v1beta1' }),
  olderVersion(tokenReviewKind, { version: 'v1beta1' }),
  olderVersion(selfSubjectReviewKind, { version: 'v1alpha1' }),
  olderVersion(selfSubjectReviewKind, { version: 'v1beta1' }),
  olderVersion<MutatingWebhookConfiguration, MutatingWebhookConfiguration>(mutatingWebhookConfigurationKind, {
    version: 'v1beta1',
    schema: webhooksIn('MutatingWebhook', mutatingWebhookConfigurationKind, MutatingWebhook),
    applyDefaults: applyWebhookDefaults,
  }),
  olderVersion<ValidatingWebhookConfiguration, ValidatingWebhookConfiguration>(validatingWebhookConfigurationKind, {
    version: 'v1beta1',
    schema: webhooksIn('ValidatingWebhook', validatingWebhookConfigurationKind, ValidatingWebhook),
    applyDefaults: applyWebhookDefaults,
  }),
  ...['v1alpha1', 'v1beta1'].flatMap((version) => [
    olderVersion(validatingAdmissionPolicyKind, { version }),
    olderVersion(validatingAdmissionPolicyBindingKind, { version }),
    olderVersion(mutatingAdmissionPolicyKind, { version }),
    olderVersion(mutatingAdmissionPolicyBindingKind, { version }),
  ]),
] as const;
