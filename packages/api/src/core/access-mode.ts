const ABBREVIATIONS = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** Ways in which a volume can be mounted, in alphabetical order. */
export const ACCESS_MODES: readonly string[] = ABBREVIATIONS.map(([mode]) => mode).sort();

/** Access modes as tables abbreviate them: `RWO,ROX`. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return ABBREVIATIONS.filter(([mode]) => modes?.includes(mode))
    .map(([, text]) => text)
    .join(',');
}
