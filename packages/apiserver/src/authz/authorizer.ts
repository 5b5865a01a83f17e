import type { PolicyRule } from '@kubets/api';
import { forbidden, StatusError } from '@kubets/core';
import type { User } from '../request.ts';

/** What somebody wants to do, as authorizers see it. */
export interface Attributes {
  readonly user: User;
  readonly verb: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For requests that are about no resource. */
  readonly path: string;
  /** What the request limits itself to, as given in the query; '' where it does not. Authorizers ignore what cannot be read. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** `undefined`: no opinion. */
export interface Decision {
  readonly allowed: boolean | undefined;
  readonly reason: string;
}

/** What a user may do, as far as it can be listed. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  /** The user may do more. */
  readonly isIncomplete: boolean;
  /** Why something could not be found out. */
  readonly problems: readonly string[];
}

/** Decides from what it holds in memory, so that a decision never waits. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision;
  /** Decides for a request, which may wait, with the help of others; there only where others are to be asked. */
  decide?(attributes: Attributes): Promise<Decision>;
  /** Why a request that is allowed is allowed, where this is more than the decision says and takes a while to find out. */
  explain?(attributes: Attributes): string;
  /** Lists what a user may do in a namespace; there only where this can be said at all, if only that it is not known. */
  rulesFor?(user: User, namespace: string): UserRules;
}

export const ALLOWED: Decision = { allowed: true, reason: '' };
export const NO_OPINION: Decision = { allowed: undefined, reason: '' };
export const PRIVILEGED_GROUP = 'system:masters';

/** Lets one group do everything. */
export const privilegedGroup: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(PRIVILEGED_GROUP) ? ALLOWED : NO_OPINION),
};

/** Lets everybody do everything. */
export const alwaysAllow: Authorizer = {
  authorize: () => ALLOWED,
  rulesFor: () => ({
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
    isIncomplete: false,
    problems: [],
  }),
};

/** Lets nobody do anything. */
export const alwaysDeny: Authorizer = {
  authorize: () => ({ allowed: undefined, reason: 'Everything is forbidden.' }),
};

/** Has no opinion: before the front door is open nobody has any rights. */
export const nobody: Authorizer = { authorize: () => NO_OPINION };

/** Asks each authorizer in turn; the first opinion counts. */
export function firstOpinion(authorizers: readonly Authorizer[]): Authorizer {
  const waiting: Pick<Authorizer, 'decide'> = authorizers.some(({ decide }) => decide)
    ? { decide: (attributes) => firstDecision(authorizers, attributes) }
    : {};
  return {
    ...waiting,
    authorize(attributes) {
      let reason = '';
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes);
        if (decision.allowed !== undefined) return decision;
        if (decision.reason) reason = reason ? `${reason}\n${decision.reason}` : decision.reason;
      }
      return reason ? { allowed: undefined, reason } : NO_OPINION;
    },
    explain(attributes) {
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes);
        if (decision.allowed !== undefined) return authorizer.explain?.(attributes) ?? decision.reason;
      }
      return '';
    },
    rulesFor(user, namespace) {
      const found = authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
      return {
        rules: found.flatMap(({ rules }) => rules),
        isIncomplete: found.some(({ isIncomplete }) => isIncomplete),
        problems: [...new Set(found.flatMap(({ problems }) => problems))],
      };
    },
  };
}

async function firstDecision(authorizers: readonly Authorizer[], attributes: Attributes): Promise<Decision> {
  const reasons: string[] = [];
  for (const authorizer of authorizers) {
    const decision = authorizer.decide ? await authorizer.decide(attributes) : authorizer.authorize(attributes);
    if (decision.allowed !== undefined) return decision;
    if (decision.reason) reasons.push(decision.reason);
  }
  return reasons.length > 0 ? { allowed: undefined, reason: reasons.join('\n') } : NO_OPINION;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function describe({ user, verb, isResource, path, group, resource, subresource, namespace }: Attributes): string {
  const who = `User ${quoted(user.name)} cannot ${verb}`;
  if (!isResource) return `${who} path ${quoted(path)}`;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${quoted(namespace)}` : 'at the cluster scope';
  return `${who} resource ${quoted(what)} in API group ${quoted(group)} ${where}`;
}

/** The 403 for a refused request. */
export function forbiddenRequest(attributes: Attributes, reason: string): StatusError {
  const why = describe(attributes) + (reason ? `: ${reason}` : '');
  if (!attributes.isResource)
    return new StatusError({ code: 403, reason: 'Forbidden', message: `forbidden: ${why}`, details: {} });
  return forbidden({ group: attributes.group, resource: attributes.resource }, attributes.name, why);
}
