/** Attributes that hold links. */
const LINK_ATTRIBUTE =
  /(<[a-z][^>]*?\s(?:action|background|cite|classid|codebase|data|formaction|href|icon|longdesc|manifest|poster|profile|src|usemap)\s*=\s*)(["'])(.*?)\2/gi;

/** A link of a page behind a proxy, so that it leads through the proxy again; links to elsewhere stay. */
export function rewriteLink(link: string, options: { prefix: string; backendHost: string }): string {
  const { prefix, backendHost } = options;
  const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(link);
  if (absolute) return absolute[1] === backendHost ? `${prefix}${absolute[2] || '/'}` : link;
  if (link.startsWith('//') || !link.startsWith('/') || link === prefix || link.startsWith(`${prefix}/`)) return link;
  return `${prefix}${link}`;
}

/** Rewrites the links of an HTML page. */
export function rewriteHtml(html: string, options: { prefix: string; backendHost: string }): string {
  return html.replace(LINK_ATTRIBUTE, (_whole, before: string, quote: string, link: string) => {
    return `${before}${quote}${rewriteLink(link, options)}${quote}`;
  });
}
