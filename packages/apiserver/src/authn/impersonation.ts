import { badRequest } from '@kubets/core';
import { type Attributes, type Authorizer, type Decision, forbiddenRequest } from '../authz/authorizer.ts';
import { type HttpHeaders, headerOf, headerValues } from '../pipeline/http.ts';
import type { User } from '../request.ts';
import { ANONYMOUS, AUTHENTICATED_GROUP, extraOf, splitValues, UNAUTHENTICATED_GROUP } from './authenticator.ts';
import { SERVICE_ACCOUNT_PREFIX } from './service-accounts.ts';

const USER_HEADER = 'impersonate-user';
const GROUP_HEADER = 'impersonate-group';
const UID_HEADER = 'impersonate-uid';
const EXTRA_PREFIX = 'impersonate-extra-';
const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };

interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

function wantedOf(headers: HttpHeaders): Wanted | undefined {
  const wanted = {
    name: headerOf(headers, USER_HEADER),
    uid: headerOf(headers, UID_HEADER),
    groups: splitValues(headerValues(headers, GROUP_HEADER)),
    extra: extraOf(headers, EXTRA_PREFIX),
  };
  if (wanted.name !== '') return wanted;
  if (wanted.uid === '' && wanted.groups.length === 0 && Object.keys(wanted.extra).length === 0) return undefined;
  throw badRequest(`requested ${JSON.stringify(wanted)} without impersonating a user`);
}

/** One right that impersonating needs: verb `impersonate` on users, groups, uids, userextras or serviceaccounts. */
interface Right {
  readonly resource: string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly subresource?: string;
}

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  if (!name.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace, account, ...more] = name.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  return namespace && account && more.length === 0 ? { namespace, name: account } : undefined;
}

function rightsFor(wanted: Wanted): Right[] {
  const account = serviceAccountOf(wanted.name);
  const rights: Right[] = account
    ? [{ resource: 'serviceaccounts', ...account }]
    : [{ resource: 'users', name: wanted.name }];
  for (const name of wanted.groups) rights.push({ resource: 'groups', name });
  if (wanted.uid) rights.push({ resource: 'uids', name: wanted.uid, ...AUTHENTICATION });
  for (const [key, values] of Object.entries(wanted.extra))
    for (const name of values) rights.push({ resource: 'userextras', subresource: key, name, ...AUTHENTICATION });
  return rights;
}

function groupsOf(wanted: Wanted): string[] {
  const groups = [...wanted.groups];
  const account = serviceAccountOf(wanted.name);
  if (account && wanted.groups.length === 0)
    groups.push('system:serviceaccounts', `system:serviceaccounts:${account.namespace}`);
  if (wanted.name === ANONYMOUS) {
    if (!groups.includes(UNAUTHENTICATED_GROUP)) groups.push(UNAUTHENTICATED_GROUP);
  } else if (!groups.includes(AUTHENTICATED_GROUP) && !groups.includes(UNAUTHENTICATED_GROUP)) {
    groups.push(AUTHENTICATED_GROUP);
  }
  return groups;
}

/**
 * The user that a request is to be made as: its sender, or whom the sender asks and is allowed to be. A promise only where the
 * authorizer has to ask others. Throws 400 and 403.
 */
export function impersonate(sender: User, headers: HttpHeaders, authorizer: Authorizer): User | Promise<User> {
  const wanted = wantedOf(headers);
  if (!wanted) return sender;
  const needed = rightsFor(wanted).map((right) => attributesOf(right, sender));
  if (authorizer.decide) return impersonateLater(wanted, needed, (attributes) => authorizer.decide!(attributes));
  for (const attributes of needed) {
    const decision = authorizer.authorize(attributes);
    if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
  }
  return userOf(wanted);
}

async function impersonateLater(
  wanted: Wanted,
  needed: readonly Attributes[],
  decide: (attributes: Attributes) => Promise<Decision>,
): Promise<User> {
  for (const attributes of needed) {
    const decision = await decide(attributes);
    if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
  }
  return userOf(wanted);
}

function attributesOf(right: Right, user: User): Attributes {
  const { group = '', version = '', namespace = '', subresource = '', resource, name } = right;
  const what = { group, version, resource, subresource, namespace, name, path: '' };
  return { user, verb: 'impersonate', isResource: true, ...what };
}

function userOf(wanted: Wanted): User {
  return {
    name: wanted.name,
    groups: groupsOf(wanted),
    ...(wanted.uid ? { uid: wanted.uid } : {}),
    ...(Object.keys(wanted.extra).length > 0 ? { extra: wanted.extra } : {}),
  };
}
