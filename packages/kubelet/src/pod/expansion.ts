/** Replaces `$(NAME)` by the variable's value; unknown names stay as they are, and `$$` stands for `$`. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    return variables.get(name ?? '') ?? match;
  });
}

/** As `expand`, but throws for unknown names and those without text: what `subPathExpr` asks for. */
export function expandStrictly(text: string, variables: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const expanded = text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    const value = variables.get(name ?? '');
    if (!value) missing.push(name ?? '');
    return value ?? match;
  });
  if (missing.length > 0) throw new Error(`missing value for ${missing.join(', ')}`);
  return expanded;
}
