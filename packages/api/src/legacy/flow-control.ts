import { field, int32, message } from '@kubets/core';
import { flowSchemaKind } from '../flowcontrol/flow-schema.ts';
import {
  LimitedPriorityLevelConfiguration,
  type PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  priorityLevelConfigurationKind,
} from '../flowcontrol/priority-level-configuration.ts';
import { olderVersion } from './older-version.ts';
import { lessDemanding } from './optional-fields.ts';

/** In v1beta3 no shares meant the default unless this annotation was there. */
const KEEPS_ZERO = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';
const DEFAULT_SHARES = 30;

type Limited = NonNullable<PriorityLevelConfiguration['spec']['limited']>;
type OldLimited = Omit<Limited, 'nominalConcurrencyShares'> & { assuredConcurrencyShares?: number };
type OldLevel = Omit<PriorityLevelConfiguration, 'spec'> & {
  spec: Omit<PriorityLevelConfiguration['spec'], 'limited'> & { limited?: OldLimited };
};

/** The shares of a level had another name in the first versions. */
function levelIn(version: string) {
  const named = (name: string) => `io.k8s.api.flowcontrol.${version}.${name}`;
  const { nominalConcurrencyShares: _, ...others } = LimitedPriorityLevelConfiguration.fields;
  const shares = "Share of the server's concurrency that the level has; 30 by default.";
  const limited = message(named('LimitedPriorityLevelConfiguration'), LimitedPriorityLevelConfiguration.description, {
    assuredConcurrencyShares: field(1, int32, shares).default(0),
    ...others,
  });
  const spec = lessDemanding(PriorityLevelConfigurationSpec, {
    name: named('PriorityLevelConfigurationSpec'),
    of: { limited },
  });
  return olderVersion<OldLevel, PriorityLevelConfiguration>(priorityLevelConfigurationKind, {
    version,
    schema: lessDemanding(priorityLevelConfigurationKind.schema, {
      name: named('PriorityLevelConfiguration'),
      of: { spec },
    }),
    applyDefaults({ spec: { limited } }) {
      if (limited) limited.assuredConcurrencyShares ||= DEFAULT_SHARES;
    },
    toCurrent: levelToCurrent,
    fromCurrent: levelFromCurrent,
  });
}

function levelToCurrent(level: OldLevel): PriorityLevelConfiguration {
  const { limited, ...spec } = level.spec;
  if (!limited) return level as PriorityLevelConfiguration;
  const { assuredConcurrencyShares: nominalConcurrencyShares, ...rest } = limited;
  const shares = nominalConcurrencyShares === undefined ? {} : { nominalConcurrencyShares };
  return { ...level, spec: { ...spec, limited: { ...shares, ...rest } } };
}

function levelFromCurrent(level: PriorityLevelConfiguration): OldLevel {
  const { limited, ...spec } = level.spec;
  if (!limited) return level as OldLevel;
  const { nominalConcurrencyShares: assuredConcurrencyShares, ...rest } = limited;
  const shares = assuredConcurrencyShares === undefined ? {} : { assuredConcurrencyShares };
  return { ...level, spec: { ...spec, limited: { ...shares, ...rest } } };
}

function withoutNote(level: PriorityLevelConfiguration): PriorityLevelConfiguration {
  const { [KEEPS_ZERO]: note, ...annotations } = level.metadata.annotations ?? {};
  if (note === undefined) return level;
  const { annotations: _, ...metadata } = level.metadata;
  const kept = Object.keys(annotations).length > 0 ? { annotations } : {};
  return { ...level, metadata: { ...metadata, ...kept } };
}

function withNote(level: PriorityLevelConfiguration): PriorityLevelConfiguration {
  if (level.spec.limited?.nominalConcurrencyShares !== 0) return level;
  const { metadata } = level;
  return { ...level, metadata: { ...metadata, annotations: { ...metadata.annotations, [KEEPS_ZERO]: '' } } };
}

export const legacyFlowControlKinds = [
  ...['v1alpha1', 'v1beta1', 'v1beta2', 'v1beta3'].map((version) => olderVersion(flowSchemaKind, { version })),
  ...['v1alpha1', 'v1beta1', 'v1beta2'].map(levelIn),
  olderVersion<PriorityLevelConfiguration, PriorityLevelConfiguration>(priorityLevelConfigurationKind, {
    version: 'v1beta3',
    applyDefaults({ metadata, spec: { limited } }) {
      if (limited && metadata.annotations?.[KEEPS_ZERO] === undefined)
        limited.nominalConcurrencyShares ||= DEFAULT_SHARES;
    },
    toCurrent: withoutNote,
    fromCurrent: withNote,
  }),
];
