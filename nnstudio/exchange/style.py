"""The look of reports: system fonts, light and dark as the reader's system wishes."""

STYLE = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #ffffff; --text: #1c2027;
  --dim: #5d6673; --line: #dfe3e9; --train: #2f6fe0; --valid: #c2590c; --right: 47, 111, 224;
  --wrong: 209, 60, 80; }
@media (prefers-color-scheme: dark) { :root { --back: #191c22; --card: #21252c; --text: #e6e9ee;
  --dim: #98a0ad; --line: #343a44; --train: #5b9cff; --valid: #ffa75b; --right: 91, 156, 255;
  --wrong: 255, 107, 138; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.55 Inter, system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 820px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 4px; }
h2 { font-size: 13px; font-weight: 600; letter-spacing: 0.04em; text-transform: uppercase;
  color: var(--dim); margin: 0 0 14px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 20px 24px; margin-top: 18px; }
p { margin: 0 0 12px; } .dim { color: var(--dim); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--dim); text-align: left; font-size: 13px; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
.number { text-align: right; padding-right: 0; padding-left: 12px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 0 0 18px; } figure:last-child { margin-bottom: 0; }
figcaption { font-weight: 600; margin-bottom: 6px; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12px Inter, system-ui, -apple-system, "Segoe UI", sans-serif;
  fill: var(--text); }
svg .tick { fill: var(--dim); }
.grid { stroke: var(--line); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.raw { stroke: var(--train); stroke-width: 1; opacity: 0.25; }
.band { fill: var(--train); opacity: 0.16; }
.curve.train { stroke: var(--train); }
.curve.valid { stroke: var(--valid); stroke-dasharray: 7 4; }
.matrix .none { fill: var(--back); }
.matrix .right { fill: rgba(var(--right), calc(0.06 + 0.94 * var(--share))); }
.matrix .wrong { fill: rgba(var(--wrong), calc(0.03 + 0.97 * var(--share))); }
.matrix .count.strong { fill: #ffffff; font-weight: 600; }
@media (prefers-color-scheme: dark) { .matrix .count.strong { fill: #10131a; } }
@media print { body { background: #ffffff; } section { break-inside: avoid; } }
"""
