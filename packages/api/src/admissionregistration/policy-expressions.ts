import {
  AUTHORIZER_TYPE,
  CelCompileError,
  type CelEnvironment,
  type CelType,
  celTypes,
  compileCel,
  type FieldError,
  type FieldPath,
  invalid,
} from '@kubets/core';

/** What the expressions of policies and of webhooks' match conditions may use, and what they have to give. */

const { BOOL, DYN, INT, listType, mapType, objectType, opaqueType, STRING, TIMESTAMP, typeText } = celTypes;

const messageType = (name: string, fields: Readonly<Record<string, CelType>>) =>
  objectType(name, new Map(Object.entries(fields)));

const STRINGS = listType(STRING);
const GROUP_VERSION_KIND = messageType('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const GROUP_VERSION_RESOURCE = messageType('kubernetes.GroupVersionResource', {
  group: STRING,
  version: STRING,
  resource: STRING,
});
const USER_INFO = messageType('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: STRINGS,
  extra: mapType(STRING, STRINGS),
});
const REQUEST = messageType('kubernetes.AdmissionRequest', {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: STRING,
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER_INFO,
  dryRun: BOOL,
  options: DYN,
});
const NAMESPACE = messageType('kubernetes.Namespace', {
  metadata: messageType('kubernetes.NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapType(STRING, STRING),
    annotations: mapType(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: STRINGS,
  }),
  spec: messageType('kubernetes.NamespaceSpec', { finalizers: STRINGS }),
  status: messageType('kubernetes.NamespaceStatus', {
    conditions: listType(
      messageType('kubernetes.NamespaceCondition', {
        status: STRING,
        type: STRING,
        lastTransitionTime: TIMESTAMP,
        message: STRING,
        reason: STRING,
      }),
    ),
    phase: STRING,
  }),
});
const RESOURCE_CHECK = opaqueType('kubernetes.authorization.ResourceCheck');

/** Name of the type of a configuration to apply; those of its parts are named by their path: `Object.spec.template`. */
const OBJECT_TYPE_NAME = 'Object';
const JSON_PATCH = messageType('JSONPatch', { op: STRING, path: STRING, from: STRING, value: DYN });

function patchTypes(name: string): CelType | undefined {
  if (name === 'JSONPatch') return JSON_PATCH;
  const isObject = name === OBJECT_TYPE_NAME || name.startsWith(`${OBJECT_TYPE_NAME}.`);
  return isObject ? celTypes.openObjectType(name) : undefined;
}

/** What an expression has to give, by its use. */
export const EXPRESSION_RESULTS = {
  condition: [BOOL],
  message: [STRING],
  annotation: [STRING, celTypes.NULL],
  applyConfiguration: [celTypes.openObjectType(OBJECT_TYPE_NAME)],
  jsonPatch: [listType(JSON_PATCH)],
} as const satisfies Record<string, readonly CelType[]>;

/** Which variables and types an expression may use. */
export interface PolicyScope {
  /** The parameters of a policy; `true` where nothing is known of their type. */
  readonly params?: CelType | boolean;
  readonly hasNoAuthorizer?: boolean;
  /** `Object{}` and `JSONPatch{}` can be made. */
  readonly makesPatches?: boolean;
  /** Types of the policy's own variables; undefined where it cannot have any. */
  readonly variables?: ReadonlyMap<string, CelType>;
  /** Type of the object before and after; unknown by default. */
  readonly object?: CelType;
}

export function policyEnvironment(scope: PolicyScope): CelEnvironment {
  const { params, hasNoAuthorizer, makesPatches, variables, object = DYN } = scope;
  return {
    variables: {
      object,
      oldObject: object,
      namespaceObject: NAMESPACE,
      request: REQUEST,
      ...(params ? { params: params === true ? DYN : params } : {}),
      ...(hasNoAuthorizer ? {} : { authorizer: AUTHORIZER_TYPE, 'authorizer.requestResource': RESOURCE_CHECK }),
      ...(variables ? { variables: objectType('kubernetes.variables', variables) } : {}),
    },
    ...(makesPatches ? { messages: patchTypes } : {}),
  };
}

/** The type by which other expressions know a variable: objects and optional values are of any type. */
export function variableType(type: CelType): CelType {
  switch (type.kind) {
    case 'list':
      return listType(variableType(type.item));
    case 'map':
      return mapType(variableType(type.key), variableType(type.value));
    case 'object':
    case 'opaque':
    case 'optional':
    case 'type':
    case 'variable':
      return DYN;
    default:
      return type;
  }
}

/** The types of a policy's variables; each may use those before it. One that does not compile may be of any type. */
export function variableTypes(
  variables: readonly { readonly name: string; readonly expression: string }[] | undefined,
  scope: PolicyScope,
): ReadonlyMap<string, CelType> {
  const types = new Map<string, CelType>();
  for (const { name, expression } of variables ?? []) {
    const compiled = tryCompile(expression, { ...scope, variables: types });
    types.set(name, compiled instanceof CelCompileError ? DYN : variableType(compiled));
  }
  return types;
}

function tryCompile(expression: string, scope: PolicyScope): CelType | CelCompileError {
  try {
    return compileCel(expression, policyEnvironment(scope)).type;
  } catch (error) {
    if (error instanceof CelCompileError) return error;
    throw error;
  }
}

const FULL_NAMES: Readonly<Record<string, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};
const nameOf = (type: CelType) => FULL_NAMES[type.kind] ?? typeText(type);

/** What is wrong with an expression: that it does not compile, or gives something else than it has to. */
export function expressionErrors(
  expression: string,
  path: FieldPath,
  { scope, results }: { scope: PolicyScope; results: readonly CelType[] | undefined },
): FieldError[] {
  const compiled = tryCompile(expression, scope);
  if (compiled instanceof CelCompileError)
    return [invalid(path, expression, `compilation failed: ${compiled.message}`)];
  const given = nameOf(compiled);
  const wanted = results?.map(nameOf);
  if (!wanted || wanted.includes(given)) return [];
  const expected = wanted.length === 1 ? wanted[0] : `one of [${wanted.join(' ')}]`;
  return [invalid(path, expression, `must evaluate to ${expected} but got ${given}`)];
}
