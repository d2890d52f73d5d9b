/** How the page looks, on light and on dark ground. */

export const style = `
:root { color-scheme: light dark; --ground: #ffffff; --raised: #f6f7f9; --text: #1b1f24; --soft: #5d6673; --line: #dfe3e8; --accent: #4269d0; --concern: #b3400f; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --raised: #1c2026; --text: #e6e9ed; --soft: #9aa4b1; --line: #303640; --accent: #7f9cf0; --concern: #ff9b6b; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
main, body > header, body > footer { max-width: 1060px; margin: 0 auto; padding: 0 24px; }
body > header { padding-top: 40px; }
h1 { font-size: 2.1rem; line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 6px; font-weight: 700; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; letter-spacing: -0.01em; margin: 0 0 10px; }
h3 { font-size: 1.05rem; margin: 24px 0 4px; }
p { margin: 0 0 12px; max-width: 74ch; color: var(--soft); }
.lead { color: var(--text); font-size: 1.05rem; }
section { padding: 34px 0 10px; }
section + section { border-top: 1px solid var(--line); margin-top: 26px; }
nav { position: sticky; top: 0; z-index: 2; background: color-mix(in srgb, var(--ground) 92%, transparent); backdrop-filter: blur(6px); border-bottom: 1px solid var(--line); margin-top: 18px; }
nav ul { max-width: 1060px; margin: 0 auto; padding: 10px 24px; display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; font-size: 0.9rem; }
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
.numbers { display: flex; flex-wrap: wrap; gap: 10px 34px; margin: 20px 0 0; padding: 0; list-style: none; }
.numbers b, .scores b { display: block; font-size: 1.6rem; line-height: 1.2; letter-spacing: -0.01em; color: var(--text); }
.numbers li, .scores span { color: var(--soft); font-size: 0.88rem; }
.scores { display: flex; gap: 34px; }
.columns { display: flex; flex-wrap: wrap; gap: 20px 44px; align-items: flex-start; }
.columns > * { flex: 1 1 380px; min-width: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 5px 20px; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
small { display: block; color: var(--soft); font-size: 0.86rem; line-height: 1.4; }
figure { margin: 0; }
figcaption { color: var(--soft); font-size: 0.84rem; margin: 4px 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 18px 26px; }
.charts figcaption { color: var(--text); font-weight: 600; }
svg { max-width: 100%; height: auto; overflow: visible; }
table { border-collapse: collapse; max-width: 100%; font-size: 0.9rem; margin: 8px 0 14px; }
th, td { text-align: left; padding: 4px 18px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td.number, th.number { text-align: right; }
.wide { overflow-x: auto; }
.wide th, .wide td { white-space: nowrap; }
code { font: 0.92em ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--accent); }
.findings { list-style: none; padding: 0; margin: 0; max-width: 84ch; }
.findings li { padding: 9px 0 9px 26px; border-bottom: 1px solid var(--line); position: relative; overflow-wrap: anywhere; }
.findings li::before { content: '○'; position: absolute; left: 2px; color: var(--soft); }
.findings li.concern::before { content: '▲'; color: var(--concern); font-size: 0.85em; top: 11px; }
.latent { background: var(--raised); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px 12px; --ground: var(--raised); }
.controls { display: flex; flex-wrap: wrap; gap: 10px 18px; align-items: center; font-size: 0.9rem; }
.controls select, .controls button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; }
.controls select option { background: Canvas; color: CanvasText; }
.controls .slider { flex: 1 1 300px; display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: center; min-width: 0; }
.controls label { max-width: 100%; }
.slider input { flex: 1; accent-color: var(--accent); min-width: 120px; }
output { min-width: 21ch; font-weight: 600; }
.stage { display: flex; justify-content: center; cursor: crosshair; touch-action: pan-y; }
.stage svg { width: min(100%, 640px); }
.stage.moving circle { transition: transform 0.7s cubic-bezier(0.4, 0, 0.2, 1), fill-opacity 0.2s; }
.stage .near { stroke: var(--text); stroke-width: 2px; }
.names text { font-size: 15px; font-weight: 700; fill: var(--text); stroke: var(--ground); stroke-width: 4px; paint-order: stroke; stroke-linejoin: round; text-anchor: middle; dominant-baseline: central; cursor: pointer; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 6px; padding: 0; margin: 8px 0 0; justify-content: center; }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 0 0 12px; font-size: 0.88rem; }
.legend button { font: inherit; font-size: 0.85rem; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 20px; padding: 1px 10px 1px 8px; cursor: pointer; max-width: 22ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.legend button::before, .keys li::before { content: ''; display: inline-block; width: 9px; height: 9px; border-radius: 50%; background: var(--colour); margin-right: 6px; }
.legend button[aria-pressed=true] { border-color: var(--text); font-weight: 700; }
.tip { position: absolute; z-index: 3; pointer-events: none; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px; box-shadow: 0 4px 18px rgb(0 0 0 / 0.22); font-size: 0.82rem; line-height: 1.4; white-space: pre-line; }
.tip i { display: block; margin-bottom: 4px; }
.sprite { display: inline-block; background-image: var(--sprite); background-repeat: no-repeat; image-rendering: pixelated; }
.thumbs { display: flex; flex-wrap: wrap; gap: 2px; }
.thumbs.small { gap: 1px; margin-bottom: 3px; }
.cluster { border-top: 1px solid var(--line); padding: 14px 0; }
.cluster header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 16px; font-size: 0.9rem; }
.cluster .number { font-size: 1.15rem; min-width: 1.6em; padding-left: 9px; border-left: 5px solid var(--colour); }
.bar { width: 130px; height: 8px; border-radius: 4px; background: var(--line); overflow: hidden; }
.bar i { display: block; height: 100%; }
.classes, .features { display: flex; flex-wrap: wrap; gap: 4px 12px; color: var(--soft); }
.classes b, .features b { color: var(--text); font-weight: 600; }
.features { margin: 10px 0 0; font-size: 0.9rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 8px 26px; margin-top: 10px; }
.pictures .thumbs { max-width: 252px; }
.prototype, .strip, .grids img { image-rendering: pixelated; display: block; }
.prototype { height: 82px; width: auto; }
.strip { height: 40px; width: auto; max-width: 100%; }
.grids { display: flex; flex-wrap: wrap; gap: 22px; }
.grids figure { flex: 0 1 440px; min-width: 0; }
.grids img { width: 100%; height: auto; }
.steps { display: flex; color: var(--soft); font-size: 0.72rem; line-height: 1.5; }
.steps span { flex: 1 1 0; min-width: 0; text-align: center; overflow: hidden; }
.stages { display: flex; flex-wrap: wrap; gap: 18px 30px; }
.runs { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 18px; }
body > footer { color: var(--soft); font-size: 0.85rem; padding: 30px 24px 50px; }
@media (prefers-reduced-motion: reduce) { .stage.moving circle { transition: none; } html { scroll-behavior: auto; } }
@media print { nav, .controls button { display: none; } }
`
