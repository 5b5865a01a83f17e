/** A stream's callback for a write: tells only when it went well, as what failed may still be looked at somewhere. */
export function whenSent(onSent: (() => void) | undefined): ((error?: Error | null) => void) | undefined {
  if (!onSent) return undefined;
  return (error) => {
    if (!error) onSent();
  };
}
