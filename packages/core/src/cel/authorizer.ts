import { member, type Overload } from './functions.ts';
import { BOOL, opaqueType, STRING } from './types.ts';
import { CelOpaque } from './values.ts';

/** A question that an expression asks about what its user may do. */
export interface AuthorizationQuestion {
  /** Undefined: what the one who makes the request may do. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  /** A path outside of the API's resources. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly verb: string;
}

export interface AuthorizationAnswer {
  readonly isAllowed: boolean;
  readonly reason?: string;
  readonly error?: string;
}

/** Answers expressions that ask `authorizer`; the API server supplies it. */
export type CelAuthorizer = (question: AuthorizationQuestion) => AuthorizationAnswer;

interface Pending {
  readonly ask: CelAuthorizer;
  readonly question: Omit<AuthorizationQuestion, 'verb'>;
}

export const AUTHORIZER_TYPE = opaqueType('kubernetes.authorization.Authorizer');
const PATH = opaqueType('kubernetes.authorization.PathCheck');
const GROUP = opaqueType('kubernetes.authorization.GroupCheck');
const RESOURCE = opaqueType('kubernetes.authorization.ResourceCheck');
const DECISION = opaqueType('kubernetes.authorization.Decision');

/** The value of the variable `authorizer`. */
export function authorizerValue(ask: CelAuthorizer): CelOpaque {
  return new CelOpaque(AUTHORIZER_TYPE.kind === 'opaque' ? AUTHORIZER_TYPE.name : '', { ask, question: {} });
}

const narrowed = (value: CelOpaque, type: string, more: Partial<AuthorizationQuestion>) => {
  const { ask, question } = value.inner as Pending;
  return new CelOpaque(type, { ask, question: { ...question, ...more } });
};

const narrowing = (name: string, key: keyof AuthorizationQuestion) =>
  member(name, [RESOURCE, STRING], RESOURCE, (value: CelOpaque, text: string) =>
    narrowed(value, value.type, { [key]: text }),
  );

function check(value: CelOpaque, verb: string): CelOpaque {
  const { ask, question } = value.inner as Pending;
  return new CelOpaque('kubernetes.authorization.Decision', ask({ ...question, verb }));
}

const answer = ({ inner }: CelOpaque) => inner as AuthorizationAnswer;

export const AUTHORIZER_FUNCTIONS: readonly Overload[] = [
  member('path', [AUTHORIZER_TYPE, STRING], PATH, (value: CelOpaque, path: string) =>
    narrowed(value, 'kubernetes.authorization.PathCheck', { path }),
  ),
  member('group', [AUTHORIZER_TYPE, STRING], GROUP, (value: CelOpaque, group: string) =>
    narrowed(value, 'kubernetes.authorization.GroupCheck', { group }),
  ),
  member('serviceAccount', [AUTHORIZER_TYPE, STRING, STRING], AUTHORIZER_TYPE, (value, namespace, name) =>
    narrowed(value, (value as CelOpaque).type, { serviceAccount: { namespace, name } }),
  ),
  member('resource', [GROUP, STRING], RESOURCE, (value: CelOpaque, resource: string) =>
    narrowed(value, 'kubernetes.authorization.ResourceCheck', { resource }),
  ),
  narrowing('subresource', 'subresource'),
  narrowing('namespace', 'namespace'),
  narrowing('name', 'name'),
  narrowing('fieldSelector', 'fieldSelector'),
  narrowing('labelSelector', 'labelSelector'),
  member('check', [PATH, STRING], DECISION, check),
  member('check', [RESOURCE, STRING], DECISION, check),
  member('allowed', [DECISION], BOOL, (value: CelOpaque) => answer(value).isAllowed),
  member('reason', [DECISION], STRING, (value: CelOpaque) => answer(value).reason ?? ''),
  member('errored', [DECISION], BOOL, (value: CelOpaque) => answer(value).error !== undefined),
  member('error', [DECISION], STRING, (value: CelOpaque) => answer(value).error ?? ''),
];
