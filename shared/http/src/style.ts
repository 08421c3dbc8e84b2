/**
 * The style sheet of the product's few pages: light and dark, system fonts, no request to anywhere. Owns how pages look; leaves
 * what they say to the modules that make them.
 *
 * 1. It is one text, because each page's content security policy names it by its hash.
 */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5a6675;--line:#d9dfe6;--card:#f6f8fa;--page:#fff;--link:#0b5cad;
--get:#1f6feb;--post:#1a7f37;--put:#9a6700;--delete:#cf222e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa6b2;--line:#30363d;--card:#161b22;--page:#0d1117;--link:#6cb6ff;
--get:#388bfd;--post:#3fb950;--put:#d29922;--delete:#f85149}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
.shell{display:grid;grid-template-columns:22.5rem minmax(0,1fr);max-width:88rem;margin:0 auto}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;border-right:1px solid var(--line);font-size:13px}
nav h2{font-size:12px;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:1.2rem 0 .3rem}
nav a{display:block;padding:.15rem 0;color:var(--ink);text-decoration:none;overflow-wrap:anywhere}
nav a:hover{color:var(--link)}
main{padding:1.5rem 2rem 6rem;min-width:0}
main.plain{max-width:46rem;margin:0 auto}
h1{font-size:1.7rem;margin:.2rem 0}
h2.tag{margin:2.5rem 0 .5rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h4{margin:1.1rem 0 .3rem;font-size:13px;color:var(--soft);text-transform:uppercase;letter-spacing:.05em}
a{color:var(--link)}
article{border:1px solid var(--line);border-radius:8px;margin:.8rem 0;background:var(--card)}
article>details>summary{display:flex;gap:.7rem;align-items:baseline;padding:.6rem .9rem;cursor:pointer;list-style:none;flex-wrap:wrap}
article>details>summary::-webkit-details-marker{display:none}
.inner{scroll-margin-top:4rem;padding:0 .9rem 1rem;border-top:1px solid var(--line)}
.verb{font:700 11px/1.6 ui-monospace,monospace;color:#fff;border-radius:4px;padding:0 .45rem;min-width:3.6rem;text-align:center}
.GET{background:var(--get)}.POST{background:var(--post)}.PUT,.PATCH{background:var(--put)}.DELETE{background:var(--delete)}
nav .verb{display:inline-block;min-width:2.9rem;font-size:9px;margin-right:.4rem;padding:0 .2rem}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,monospace}
code{overflow-wrap:anywhere}
.path{font-weight:600}
.what{color:var(--soft)}
pre{background:var(--page);border:1px solid var(--line);border-radius:6px;padding:.7rem;overflow:auto;margin:.3rem 0;max-height:28rem}
table{border-collapse:collapse;width:100%;font-size:13.5px}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
td p{margin:0}
th{color:var(--soft);font-weight:600}
.pill{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:0 .55rem;font-size:12px;margin:0 .25rem .25rem 0;background:var(--page)}
.need{color:var(--delete);font-size:12px}
@media (max-width:56rem){.shell{grid-template-columns:1fr}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}main{padding:1rem}}
`;
