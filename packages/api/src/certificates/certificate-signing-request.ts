import {
  bytes,
  type Column,
  defineKind,
  duplicate,
  type FieldError,
  FieldPath,
  field,
  fieldForbidden,
  humanDuration,
  type Infer,
  int32,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  list,
  map,
  message,
  notSupported,
  type RequestUser,
  required,
  sameJson,
  string,
  time,
  tooLong,
  type WriteContext,
} from '@kubets/core';
import { ageColumn, nameColumn } from '../columns.ts';
import { ObjectMetaSchema } from '../meta/metadata.ts';
import { clearStatus, keepProperty, keepStatus, statusStrategy } from '../status-rules.ts';
import { timestampOf } from '../timestamp.ts';

export const CertificateSigningRequestCondition = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestCondition',
  'A decision on a certificate request, or its failure.',
  {
    type: field(1, string, 'Approved, Denied or Failed.').required().default(''),
    reason: field(2, string, 'One word for why.'),
    message: field(3, string, 'Why, in words.'),
    lastUpdateTime: field(4, time, 'When the condition was last written.'),
    lastTransitionTime: field(5, time, 'When the condition last changed its status.'),
    status: field(6, string, 'True, False or Unknown; decisions and failures are True.').required().default(''),
  },
);
export interface CertificateSigningRequestCondition extends Infer<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestSpec = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestSpec',
  'The certificate asked for, and by whom.',
  {
    request: field(1, bytes, 'The request in PEM, a PKCS#10 CERTIFICATE REQUEST.').required(),
    username: field(2, string, 'User who asks; filled in by the server.'),
    uid: field(3, string, 'Identifier of the user who asks; filled in by the server.'),
    groups: field(4, list(string), 'Groups of the user who asks; filled in by the server.').atomic(),
    usages: field(5, list(string), 'What the certificate is to be used for.')
      .oneOf(
        'any',
        'cert sign',
        'client auth',
        'code signing',
        'content commitment',
        'crl sign',
        'data encipherment',
        'decipher only',
        'digital signature',
        'email protection',
        'encipher only',
        'ipsec end system',
        'ipsec tunnel',
        'ipsec user',
        'key agreement',
        'key encipherment',
        'microsoft sgc',
        'netscape sgc',
        'ocsp signing',
        's/mime',
        'server auth',
        'signing',
        'timestamping',
      )
      .atomic(),
    extra: field(6, map(list(string)), 'Further attributes of the user who asks; filled in by the server.'),
    signerName: field(7, string, 'Signer that is asked, such as kubernetes.io/kube-apiserver-client.')
      .required()
      .default(''),
    expirationSeconds: field(
      8,
      int32,
      'Seconds that the certificate should be valid, at least 600; the signer may give fewer.',
    ).pointer(),
  },
);
export interface CertificateSigningRequestSpec extends Infer<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestStatus = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus',
  'Decision on a certificate request, and the certificate.',
  {
    conditions: field(1, list(CertificateSigningRequestCondition), 'Decision on the request.').mapOf('type'),
    certificate: field(2, bytes, 'The certificate in PEM, with intermediate ones after it.'),
  },
);
export interface CertificateSigningRequestStatus extends Infer<typeof CertificateSigningRequestStatus> {}

export const CertificateSigningRequest = message(
  'io.k8s.api.certificates.v1.CertificateSigningRequest',
  'Asks a signer for a certificate; somebody has to approve it.',
  {
    apiVersion: field(0, string, 'API group and version of the object.').always(),
    kind: field(0, string, 'Kind of the object.').always(),
    metadata: field(1, ObjectMetaSchema, 'Standard object metadata.').always().default({}),
    spec: field(2, CertificateSigningRequestSpec, 'The certificate asked for; cannot change.').required().default({}),
    status: field(3, CertificateSigningRequestStatus, 'Decision and certificate.').default({}),
  },
);
export interface CertificateSigningRequest extends Infer<typeof CertificateSigningRequest> {}

const MIN_EXPIRATION_SECONDS = 600;
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const APPROVAL_CONDITIONS = ['Approved', 'Denied'];
const KNOWN_CONDITIONS = [...APPROVAL_CONDITIONS, 'Failed'];

/** Who asks is what the API server authenticated, whatever the request claims. */
function recordRequester(draft: CertificateSigningRequest, user: RequestUser | undefined): void {
  const { username: _username, uid: _uid, groups: _groups, extra: _extra, ...spec } = draft.spec;
  draft.spec = {
    ...spec,
    ...(user?.name ? { username: user.name } : {}),
    ...(user?.uid ? { uid: user.uid } : {}),
    ...(user?.groups.length ? { groups: [...user.groups] } : {}),
    ...(user?.extra
      ? { extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])) }
      : {}),
  };
}

function validateCertificateSigningRequest(
  { spec, status }: CertificateSigningRequest,
  { requestApiVersion }: WriteContext,
): FieldError[] {
  const path = new FieldPath('spec');
  const { usages = [], signerName, expirationSeconds } = spec;
  const errors = validatePem(spec.request, path.child('request'));
  const usagesPath = path.child('usages');
  if (usages.length === 0) errors.push(required(usagesPath));
  usages.forEach((usage, index) => {
    const known = CertificateSigningRequestSpec.fields.usages.values ?? [];
    if (!known.includes(usage)) errors.push(notSupported(usagesPath.index(index), usage, known));
    if (usages.indexOf(usage) < index) errors.push(duplicate(usagesPath.index(index), usage));
  });
  const signerPath = path.child('signerName');
  if (signerName === LEGACY_SIGNER && requestApiVersion !== 'certificates.k8s.io/v1beta1') {
    errors.push(invalid(signerPath, signerName, 'the legacy signerName is not allowed via this API version'));
  } else errors.push(...validateSignerName(signerName, signerPath));
  if (expirationSeconds !== undefined && expirationSeconds < MIN_EXPIRATION_SECONDS) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid(path.child('expirationSeconds'), expirationSeconds, detail));
  }
  return [...errors, ...validateConditions(status?.conditions ?? [], new FieldPath('status').child('conditions'))];
}

/** The request is PEM text, itself in base64. */
function validatePem(request: string | undefined, path: FieldPath): FieldError[] {
  const wanted = 'PEM block type must be CERTIFICATE REQUEST';
  const pem = decodeBase64(request ?? '');
  const isRequest = /-----BEGIN (NEW )?CERTIFICATE REQUEST-----[\s\S]+-----END (NEW )?CERTIFICATE REQUEST-----/.test(
    pem,
  );
  return isRequest ? [] : [invalid(path, request ?? '', wanted)];
}

function decodeBase64(text: string): string {
  try {
    return atob(text.replace(/\s/g, ''));
  } catch {
    return '';
  }
}

const SIGNER_FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
const SIGNER_HOST_MAX_BYTES = 253;

function validateSignerName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [required(path)];
  const parts = name.split('/');
  const [host = '', step = ''] = parts;
  if (parts.length !== 2) return [invalid(path, name, SIGNER_FORM)];
  const errors = host.length > SIGNER_HOST_MAX_BYTES ? [tooLong(path, SIGNER_HOST_MAX_BYTES)] : [];
  const label = host.split('.').find((each) => isDns1123Label(each).length > 0);
  if (label !== undefined) {
    errors.push(
      ...isDns1123Label(label).map((detail) => invalid(path, host, `validating label "${label}": ${detail}`)),
    );
  }
  if (host && host.split('.').length < 2) {
    errors.push(invalid(path, host, 'should be a domain with at least two segments separated by dots'));
  }
  if (!step) errors.push(invalid(path, step, 'validating label "": must be non-empty'));
  else
    errors.push(
      ...isDns1123Subdomain(step).map((detail) => invalid(path, step, `validating label "${step}": ${detail}`)),
    );
  return errors;
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[], path: FieldPath): FieldError[] {
  return conditions.flatMap(({ type, status }, index) => {
    const at = path.index(index);
    const allowed = KNOWN_CONDITIONS.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const errors = type ? [] : [required(at.child('type'))];
    if (!status) errors.push(required(at.child('status')));
    else if (!allowed.includes(status)) errors.push(notSupported(at.child('status'), status, allowed));
    const earlier = conditions.slice(0, index).map((condition) => condition.type);
    const isDecision = APPROVAL_CONDITIONS.includes(type);
    if (isDecision && earlier.some((other) => APPROVAL_CONDITIONS.includes(other) && other !== type)) {
      errors.push(invalid(at.child('type'), type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (earlier.includes(type)) errors.push(duplicate(at.child('type'), type));
    return errors;
  });
}

type Conditions = CertificateSigningRequestCondition[];

const conditionsOf = ({ status }: CertificateSigningRequest): Conditions => status?.conditions ?? [];

/** Once said, a decision and a certificate stay. */
function validateStatusChange(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  fixedTypes: readonly string[],
): FieldError[] {
  const path = new FieldPath('status');
  const errors = validateConditions(conditionsOf(object), path.child('conditions'));
  const remaining = new Set(conditionsOf(object).map(({ type }) => type));
  for (const type of KNOWN_CONDITIONS) {
    if (conditionsOf(old).some((condition) => condition.type === type) && !remaining.has(type)) {
      const detail = `updates may not remove a condition of type ${JSON.stringify(type)}`;
      errors.push(fieldForbidden(path.child('conditions'), detail));
    }
  }
  for (const type of fixedTypes) {
    const added = remaining.has(type) && !conditionsOf(old).some((condition) => condition.type === type);
    if (added) {
      const detail = `updates may not add a condition of type ${JSON.stringify(type)}`;
      errors.push(fieldForbidden(path.child('conditions'), detail));
    }
  }
  if (old.status?.certificate && !sameJson(object.status?.certificate, old.status.certificate)) {
    const detail = 'updates may not change certificate content';
    errors.push(fieldForbidden(path.child('certificate'), detail));
  }
  return errors;
}

/** Gives new conditions, and conditions whose status changed, the time of the request. */
function stampConditions(draft: CertificateSigningRequest, old: CertificateSigningRequest, nowMs: number): void {
  if (!draft.status?.conditions) return;
  const now = timestampOf(nowMs);
  draft.status.conditions = draft.status.conditions.map((condition) => {
    const before = conditionsOf(old).find(({ type }) => type === condition.type);
    const same = before && sameJson({ ...before }, { ...condition });
    const transition = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return {
      ...condition,
      lastUpdateTime: same ? (condition.lastUpdateTime ?? now) : now,
      lastTransitionTime: condition.lastTransitionTime ?? transition ?? now,
    };
  });
}

/** Signers write the certificate, and conditions other than the decision. */
const certificateStatusStrategy = statusStrategy<CertificateSigningRequest>({
  prepareForUpdate: (draft, old, { nowMs }) => stampConditions(draft, old, nowMs),
  validateUpdate: (object, old) => validateStatusChange(object, old, APPROVAL_CONDITIONS),
});

/** Approvers write the decision alone. */
const approvalStrategy = statusStrategy<CertificateSigningRequest>({
  prepareForUpdate(draft, old, { nowMs }) {
    draft.status = { ...draft.status };
    keepProperty(draft.status, old.status ?? {}, 'certificate');
    stampConditions(draft, old, nowMs);
  },
  validateUpdate: (object, old) => validateStatusChange(object, old, ['Failed']),
});

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

const certificateSigningRequestColumns: Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  {
    name: 'SignerName',
    type: 'string',
    description: 'Signer that is asked.',
    cell: ({ spec }) => spec.signerName || '<none>',
  },
  {
    name: 'Requestor',
    type: 'string',
    description: 'User who asks.',
    cell: ({ spec }) => spec.username ?? '',
  },
  {
    name: 'RequestedDuration',
    type: 'string',
    description: 'How long the certificate should be valid.',
    cell: ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
  },
  {
    name: 'Condition',
    type: 'string',
    description: 'Decision on the request, and whether the certificate has been issued.',
    cell: conditionText,
  },
];

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  resource: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: CertificateSigningRequest,
  subresources: [
    {
      name: 'approval',
      verbs: ['get', 'patch', 'update'],
      kind: 'CertificateSigningRequest',
      form: 'object',
      strategy: approvalStrategy,
    },
    {
      name: 'status',
      verbs: ['get', 'patch', 'update'],
      kind: 'CertificateSigningRequest',
      form: 'object',
      strategy: certificateStatusStrategy,
    },
  ],
  strategy: {
    prepareForCreate(draft, { user }) {
      recordRequester(draft, user);
      clearStatus(draft, CertificateSigningRequestStatus);
    },
    prepareForUpdate(draft, old) {
      draft.spec = old.spec;
      keepStatus(draft, old);
    },
    validate: validateCertificateSigningRequest,
  },
  columns: certificateSigningRequestColumns,
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
  storageVersionHash: '95fRKMXA+00=',
});
