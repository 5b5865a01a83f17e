import {
  CEL_KUBERNETES_TYPES,
  CelCompileError,
  celTypes,
  compileCel,
  type FieldError,
  type FieldPath,
  fieldForbidden,
  invalid,
} from '@kubets/core';

const { BOOL, DYN, mapType, objectType, STRING, typeText } = celTypes;

/** A device as the expressions of selectors see it: attributes and capacities by domain, then by name. */
const DEVICE = objectType(
  'kubernetes.DRADevice',
  new Map([
    ['driver', STRING],
    ['attributes', mapType(STRING, mapType(STRING, DYN))],
    ['capacity', mapType(STRING, mapType(STRING, CEL_KUBERNETES_TYPES.quantity))],
    ['allowMultipleAllocations', BOOL],
  ]),
);

const MAX_EXPRESSION_COST = 1_000_000;
const MAX_DRIVER_LENGTH = 63;
const MAX_DOMAIN_LENGTH = 63;
const MAX_ID_LENGTH = 32;
const MAX_VALUE_LENGTH = 64;
/** Attributes and capacities that a device may have. */
const MAX_ENTRIES = 32;

/** How large the parts of a device may be, by their path. */
function sizeOf([, part, ...steps]: readonly string[]): number | undefined {
  if (part === undefined) return 0;
  if (part === 'driver') return MAX_DRIVER_LENGTH;
  if (part !== 'attributes' && part !== 'capacity') return steps.length === 0 ? 0 : undefined;
  const [outer, inner, ...others] = steps;
  if (outer === undefined) return MAX_ENTRIES;
  if (outer === '@keys') return MAX_DOMAIN_LENGTH;
  if (inner === undefined) return MAX_ENTRIES;
  if (inner === '@keys') return MAX_ID_LENGTH;
  if (others.length > 0) return undefined;
  return part === 'attributes' ? MAX_VALUE_LENGTH : 0;
}

/** What is wrong with the expression of a selector: it has to be a condition about `device`, and not too expensive. */
export function deviceExpressionErrors(expression: string, path: FieldPath): FieldError[] {
  try {
    const program = compileCel(expression, { variables: { device: DEVICE }, hasBindings: true });
    const type = typeText(program.type);
    if (type !== 'bool' && type !== 'dyn') {
      return [invalid(path, expression, `must evaluate to bool or the unknown type, not ${type}`)];
    }
    const isDear = program.maxCost(sizeOf) > MAX_EXPRESSION_COST;
    return isDear ? [fieldForbidden(path, 'too complex, exceeds cost limit')] : [];
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    return [invalid(path, expression, `compilation failed: ${error.message}`)];
  }
}
