import { field, type Infer, list, map, message, string } from '@kubets/core';

export const FieldSelectorRequirement = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement',
  'One requirement on the value of a field.',
  {
    key: field(1, string, 'Field that the requirement is about.').required().default(''),
    operator: field(2, string, 'How the values count: In, NotIn, Exists or DoesNotExist.').required().default(''),
    values: field(3, list(string), 'Values for In and NotIn; empty for the others.').atomic(),
  },
);
export interface FieldSelectorRequirement extends Infer<typeof FieldSelectorRequirement> {}

export const LabelSelectorRequirement = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement',
  'One requirement on the value of a label.',
  {
    key: field(1, string, 'Label that the requirement is about.').required().default(''),
    operator: field(2, string, 'How the values count: In, NotIn, Exists or DoesNotExist.').required().default(''),
    values: field(3, list(string), 'Values for In and NotIn; empty for the others.').atomic(),
  },
);
export interface LabelSelectorRequirement extends Infer<typeof LabelSelectorRequirement> {}

export const LabelSelector = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  'Selects objects by their labels; all requirements must hold, and an empty selector matches everything.',
  {
    matchLabels: field(1, map(string), 'Labels that an object must have, with these very values.'),
    matchExpressions: field(2, list(LabelSelectorRequirement), 'Further requirements on labels.').atomic(),
  },
  { mapType: 'atomic' },
);
export interface LabelSelector extends Infer<typeof LabelSelector> {}
