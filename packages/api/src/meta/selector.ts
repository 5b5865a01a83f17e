import { field, type Infer, list, map, message, string } from '@kubets/core';

export const FieldSelectorRequirement = message('io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement', '', {
  key: field(1, string, '').required().default(''),
  operator: field(2, string, '').required().default(''),
  values: field(3, list(string), '').atomic(),
});
export interface FieldSelectorRequirement extends Infer<typeof FieldSelectorRequirement> {}

export const LabelSelectorRequirement = message('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement', '', {
  key: field(1, string, '').required().default(''),
  operator: field(2, string, '').required().default(''),
  values: field(3, list(string), '').atomic(),
});
export interface LabelSelectorRequirement extends Infer<typeof LabelSelectorRequirement> {}

export const LabelSelector = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  '',
  {
    matchLabels: field(1, map(string), ''),
    matchExpressions: field(2, list(LabelSelectorRequirement), '').atomic(),
  },
  { mapType: 'atomic' },
);
export interface LabelSelector extends Infer<typeof LabelSelector> {}
