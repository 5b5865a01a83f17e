export function podWarnings(): string[] {
  return [];
}
