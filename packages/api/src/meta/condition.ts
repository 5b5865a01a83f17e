import { field, type Infer, int64, message, string, time } from '@kubets/core';

export const Condition = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Condition',
  "One aspect of an object's state, as its controller last saw it.",
  {
    type: field(1, string, 'Name of the aspect in CamelCase, such as Ready or example.com/Synced.')
      .required()
      .default(''),
    status: field(2, string, 'True, False or Unknown.').required().default(''),
    observedGeneration: field(3, int64, 'Generation of the object that the condition was worked out from.'),
    lastTransitionTime: field(4, time, 'When the status last changed from one value to another.').required(),
    reason: field(5, string, 'One CamelCase word for programs that says why the status is what it is.')
      .required()
      .default(''),
    message: field(6, string, 'The details of the last transition, in words for people.').required().default(''),
  },
);
export interface Condition extends Infer<typeof Condition> {}
