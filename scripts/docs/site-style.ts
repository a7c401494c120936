export const STYLE = `:root { color-scheme: light dark; --line: #8884; --code: #8882; --link: #0b66c2 }
@media (prefers-color-scheme: dark) { :root { --link: #6cb6ff } }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template: auto 1fr / 15rem minmax(0, 1fr); min-height: 100vh }
header { grid-column: 1 / 3; padding: .6rem 1.2rem; border-bottom: 1px solid var(--line); position: sticky; top: 0; background: Canvas }
header > a { font-weight: 600; margin-right: 1rem }
input { font: inherit; width: min(24rem, 60vw); padding: .2rem .5rem }
#results { position: absolute; margin: 0; padding: 0; list-style: none; background: Canvas; border: 1px solid var(--line); max-height: 70vh; overflow: auto }
#results:empty { display: none }
#results a { display: block; padding: .3rem .8rem }
nav { padding: 0 1.2rem 2rem; border-right: 1px solid var(--line); font-size: .92rem }
nav h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; margin: 1.2rem 0 .3rem }
nav ul { list-style: none; margin: 0; padding: 0 }
nav a[aria-current] { font-weight: 600 }
main { padding: 0 2rem 4rem; max-width: 60rem }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
pre { background: var(--code); padding: .8rem 1rem; border-radius: 6px; overflow-x: auto; line-height: 1.4 }
code { font: .9em ui-monospace, monospace; background: var(--code); padding: .1em .3em; border-radius: 4px }
pre code { background: none; padding: 0 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top }
img { max-width: 100% }
@media (max-width: 50rem) { body { grid-template-columns: 1fr } header { grid-column: 1 } nav { border: 0 } }
`;
