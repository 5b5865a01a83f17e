import {
  duplicate,
  type FieldError,
  FieldPath,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  isFullyQualifiedName,
  isQualifiedName,
  isValidPortNumber,
  notSupported,
  required,
  sameJson,
  tooMany,
  validateLabelSelector,
  type WriteContext,
} from '@kubets/core';
import { validateOptionalChoice, validateText } from '../field-rules.ts';
import type { MutatingWebhook } from './mutating-webhook-configuration.ts';
import { EXPRESSION_RESULTS, expressionErrors } from './policy-expressions.ts';
import type { MatchCondition, Rule, RuleWithOperations, WebhookClientConfig } from './shared.ts';
import type { ValidatingWebhook } from './validating-webhook-configuration.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 30;
const MAX_MATCH_CONDITIONS = 64;
const HTTPS_PORT = 443;

/** What both kinds of webhook are taken to say where they say nothing. */
export function applyWebhookDefaults(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= DEFAULT_TIMEOUT_SECONDS;
  if (webhook.clientConfig.service) webhook.clientConfig.service.port ??= HTTPS_PORT;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

/** Rules for the webhooks of a configuration, of either kind. */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined, context: WriteContext): FieldError[] {
  const path = new FieldPath('webhooks');
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, index) => {
    const at = path.index(index);
    const errors = validateWebhook(webhook, at, {
      sideEffects: sideEffectsAllowedBy(context),
      old: oldConditions(webhook, context),
    });
    if (names.has(webhook.name)) errors.push(duplicate(at.child('name'), webhook.name));
    names.add(webhook.name);
    return errors;
  });
}

/** Version 1 wants webhooks to say what they do; older requests need not. */
function sideEffectsAllowedBy({ requestApiVersion }: WriteContext): readonly string[] {
  return requestApiVersion === 'admissionregistration.k8s.io/v1beta1'
    ? ['None', 'NoneOnDryRun', 'Some', 'Unknown']
    : ['None', 'NoneOnDryRun'];
}

/** The match conditions that the webhook had before. */
function oldConditions({ name }: Webhook, { old }: WriteContext): readonly MatchCondition[] | undefined {
  const { webhooks } = (old ?? {}) as { webhooks?: readonly Webhook[] };
  const before = webhooks?.find((webhook) => webhook.name === name);
  return before && (before.matchConditions ?? []);
}

function validateWebhook(
  webhook: Webhook,
  path: FieldPath,
  { sideEffects, old }: { sideEffects: readonly string[]; old: readonly MatchCondition[] | undefined },
): FieldError[] {
  const { timeoutSeconds: timeout } = webhook;
  return [
    ...validateHookName(webhook.name, path.child('name')),
    ...(webhook.rules ?? []).flatMap((rule, index) =>
      validateRuleWithOperations(rule, path.child('rules').index(index)),
    ),
    ...validateOptionalChoice(webhook.failurePolicy, path.child('failurePolicy'), ['Fail', 'Ignore']),
    ...validateOptionalChoice(webhook.matchPolicy, path.child('matchPolicy'), ['Exact', 'Equivalent']),
    ...validateSideEffects(webhook.sideEffects, path.child('sideEffects'), sideEffects),
    ...(timeout !== undefined && (timeout > MAX_TIMEOUT_SECONDS || timeout < 1)
      ? [invalid(path.child('timeoutSeconds'), timeout, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...validateLabelSelector(webhook.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(webhook.objectSelector, path.child('objectSelector')),
    ...('reinvocationPolicy' in webhook
      ? validateOptionalChoice(webhook.reinvocationPolicy, path.child('reinvocationPolicy'), ['Never', 'IfNeeded'])
      : []),
    ...validateClientConfig(webhook.clientConfig, path.child('clientConfig')),
    ...validateReviewVersions(webhook.admissionReviewVersions ?? [], path.child('admissionReviewVersions')),
    ...validateMatchConditions(webhook.matchConditions ?? [], path.child('matchConditions'), { old }),
  ];
}

function validateHookName(name: string, path: FieldPath): FieldError[] {
  if (!name) return [required(path)];
  return isFullyQualifiedName(name).map((detail) => invalid(path, name, detail));
}

function validateSideEffects(
  sideEffects: string | undefined,
  path: FieldPath,
  choices: readonly string[],
): FieldError[] {
  if (sideEffects === undefined) return [required(path, `must specify one of ${choices.join(', ')}`)];
  return choices.includes(sideEffects) ? [] : [notSupported(path, sideEffects, choices)];
}

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

function validateReviewVersions(versions: readonly string[], path: FieldPath): FieldError[] {
  const listed = REVIEW_VERSIONS.join(', ');
  if (versions.length === 0) return [required(path, `must specify one of ${listed}`)];
  const errors = versions.flatMap((version, index) => {
    const isRepeated = versions.indexOf(version) < index;
    if (isRepeated) return [invalid(path.index(index), version, 'duplicate version')];
    return validateText(version, path.index(index), isDns1035Label);
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${listed}`));
  }
  return errors;
}

/** How a webhook is reached: through a service of the cluster, or at a URL. */
export function validateClientConfig({ url, service }: WebhookClientConfig, path: FieldPath): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(url, path.child('url'));
  const servicePath = path.child('service');
  const { name, namespace, path: urlPath, port } = service!;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(servicePath.child('name'), 'service name is required'));
  if (!namespace) errors.push(required(servicePath.child('namespace'), 'service namespace is required'));
  if (port !== undefined && isValidPortNumber(port).length > 0) {
    const detail = `port is not valid: ${isValidPortNumber(port).join(', ')}`;
    errors.push(invalid(servicePath.child('port'), port, detail));
  }
  if (urlPath) errors.push(...validateServicePath(urlPath, servicePath.child('path')));
  return errors;
}

function validateUrl(text: string, path: FieldPath): FieldError[] {
  const form = '; desired format: https://host[/path]';
  const noScheme = "'https' is the only allowed URL scheme";
  const noHost = invalid(path, '', `host must be provided${form}`);
  // What has no scheme is a path.
  if (/^[^:?#%[\]]*$/.test(text) && !text.startsWith('//')) return [invalid(path, '', `${noScheme}${form}`), noHost];
  if (!URL.canParse(text)) return [required(path, `url must be a valid URL${form}`)];
  const url = new URL(text);
  const errors: FieldError[] = [];
  if (url.protocol !== 'https:') errors.push(invalid(path, url.protocol.slice(0, -1), `${noScheme}${form}`));
  if (!url.host) errors.push(noHost);
  if (url.username) errors.push(invalid(path, url.username, `user information is not permitted in the URL`));
  if (url.hash) errors.push(invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) errors.push(invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return errors;
}

function validateServicePath(text: string, path: FieldPath): FieldError[] {
  if (text === '/') return [];
  if (text === '//') return [invalid(path, text, 'segment[0] may not be empty')];
  const errors = text.startsWith('/') ? [] : [invalid(path, text, "must start with a '/'")];
  const steps = text.slice(1).split('/');
  if (steps.length > 1 && steps.at(-1) === '') steps.pop();
  steps.forEach((step, index) => {
    const complaints = step === '' ? ['may not be empty'] : isDns1123Subdomain(step).map((detail) => `: ${detail}`);
    for (const complaint of complaints) {
      errors.push(invalid(path, text, `segment[${index}]${step === '' ? ' ' : ''}${complaint}`));
    }
  });
  return errors;
}

const OPERATIONS = ['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

export function validateRuleWithOperations(rule: RuleWithOperations, path: FieldPath): FieldError[] {
  const operations = rule.operations ?? [];
  const operationsPath = path.child('operations');
  const errors = operations.length > 0 ? [] : [required(operationsPath)];
  if (operations.length > 1 && operations.includes('*')) {
    errors.push(invalid(operationsPath, operations, "if '*' is present, must not specify other operations"));
  }
  operations.forEach((operation, index) => {
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(operationsPath.index(index), operation, OPERATIONS));
  });
  return [...errors, ...validateRule(rule, path)];
}

function validateRule(rule: Rule, path: FieldPath): FieldError[] {
  const { apiGroups = [], apiVersions = [], resources = [] } = rule;
  const errors: FieldError[] = [];
  const checkList = (name: 'apiGroups' | 'apiVersions', values: readonly string[], what: string) => {
    if (values.length === 0) errors.push(required(path.child(name)));
    if (values.length > 1 && values.includes('*')) {
      errors.push(invalid(path.child(name), values, `if '*' is present, must not specify other ${what}`));
    }
  };
  checkList('apiGroups', apiGroups, 'API groups');
  checkList('apiVersions', apiVersions, 'API versions');
  apiVersions.forEach((version, index) => {
    if (version === '') errors.push(required(path.child('apiVersions').index(index)));
  });
  return [
    ...errors,
    ...validateResources(resources, path.child('resources')),
    ...validateOptionalChoice(rule.scope, path.child('scope'), ['Cluster', 'Namespaced', '*']),
  ];
}

function validateResources(resources: readonly string[], path: FieldPath): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const anySubresourceOf = new Set<string>();
  const anyResourceWith = new Set<string>();
  resources.forEach((text, index) => {
    const at = path.index(index);
    if (text === '') {
      errors.push(required(at));
      return;
    }
    const [resource = '', subresource] = text.split('/');
    if (subresource === undefined) return;
    if (anyResourceWith.has(subresource)) {
      errors.push(invalid(at, text, `if '*/${subresource}' is present, must not specify ${text}`));
    }
    if (anySubresourceOf.has(resource)) {
      errors.push(invalid(at, text, `if '${resource}/*' is present, must not specify ${text}`));
    }
    if (subresource === '*') anySubresourceOf.add(resource);
    if (resource === '*') anyResourceWith.add(subresource);
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((text) => text !== '*' && !text.includes('/'))) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, resources, detail));
  }
  return errors;
}

/** Names and number of match conditions, and whether they are conditions. Those that were accepted before are not looked at. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[],
  path: FieldPath,
  { params = false, old }: { params?: boolean; old?: readonly MatchCondition[] | undefined } = {},
): FieldError[] {
  if (old && sameJson(old, conditions)) return [];
  const errors =
    conditions.length > MAX_MATCH_CONDITIONS ? [tooMany(path, conditions.length, MAX_MATCH_CONDITIONS)] : [];
  const names = new Set<string>();
  const use = { scope: { params }, results: EXPRESSION_RESULTS.condition };
  conditions.forEach(({ name, expression }, index) => {
    const at = path.index(index);
    const text = expression.trim();
    if (text === '') errors.push(required(at.child('expression')));
    else errors.push(...expressionErrors(text, at.child('expression'), use));
    if (name === '') errors.push(required(at.child('name')));
    else errors.push(...validateText(name, at.child('name'), isQualifiedName));
    if (name !== '' && names.has(name)) errors.push(duplicate(at.child('name'), name));
    names.add(name);
  });
  return errors;
}
