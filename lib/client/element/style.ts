export const style = `
:host {
  --accent: var(--darkroom-accent, light-dark(#0b57d0, #a8c7fa));
  --on-accent: var(--darkroom-on-accent, light-dark(#fff, #062e6f));
  --text: var(--darkroom-text, light-dark(#1f1f1f, #e8eaed));
  --muted: var(--darkroom-muted, light-dark(#5f6368, #b0b4b9));
  --surface: var(--darkroom-surface, light-dark(#fff, #1b1c1e));
  --line: var(--darkroom-line, light-dark(#d5d8dc, #3c4043));
  --bad: var(--darkroom-bad, light-dark(#b3261e, #f2b8b5));
  --good: var(--darkroom-good, light-dark(#146c2e, #8fd6a3));
  --radius: var(--darkroom-radius, 12px);
  --space: var(--darkroom-space, 8px);
  display: block;
  color: var(--text);
  font: var(--darkroom-font, 16px/1.4 system-ui, sans-serif);
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.box {
  display: grid; justify-items: center; gap: var(--space);
  padding: calc(var(--space) * 4) calc(var(--space) * 2);
  text-align: center; background: var(--surface);
  border: 2px dashed var(--line); border-radius: var(--radius);
  transition: border-color .15s, background-color .15s;
}
.over .box { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 10%, var(--surface)); }
p { margin: 0; }
.lead { font-weight: 600; }
.hint { color: var(--muted); font-size: .875em; }
.buttons { display: flex; flex-wrap: wrap; justify-content: center; gap: var(--space); }
button {
  font: inherit; cursor: pointer; color: var(--text); background: transparent;
  border: 1px solid var(--line); border-radius: 999px; min-height: 40px; padding: 0 calc(var(--space) * 2);
}
button.main { color: var(--on-accent); background: var(--accent); border-color: transparent; font-weight: 600; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button:disabled { opacity: .5; cursor: default; }
button.camera { display: none; }
@media (pointer: coarse) { button.camera { display: inline-block; } button.folder { display: none; } .actions button { width: 40px; min-height: 40px; } }
.summary { display: flex; flex-wrap: wrap; align-items: center; gap: var(--space); min-height: 32px; margin-top: calc(var(--space) * 2); }
.summary progress { flex: 1 1 8rem; }
.summary span { font-variant-numeric: tabular-nums; }
.summary button { min-height: 32px; font-size: .875em; }
ul {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: var(--space);
  max-height: var(--darkroom-list-height, 24rem); overflow: auto;
  margin: var(--space) -2px 0; padding: 2px; list-style: none;
}
li {
  display: grid; grid-template-columns: 56px minmax(0, 1fr) auto; align-items: center; gap: var(--space);
  min-height: 72px; padding: 8px; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius);
}
.thumbnail { position: relative; width: 56px; height: 56px; overflow: hidden; border-radius: 6px; background: color-mix(in srgb, var(--text) 8%, transparent); }
.thumbnail > * { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.failed .thumbnail:empty::after { display: grid; place-items: center; inset: 0; position: absolute; content: "!"; font-weight: 700; color: var(--bad); }
.name { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .9375em; }
.status { display: block; color: var(--muted); font-size: .8125em; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.failed .status, .interrupted .status { color: var(--bad); }
.ready .status { color: var(--good); }
.actions { display: flex; gap: 4px; }
.actions button { display: grid; place-items: center; width: 32px; min-height: 32px; padding: 0; }
.actions svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
progress { width: 100%; height: 6px; appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--line); color: var(--accent); }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; transition: inline-size .2s; }
progress::-moz-progress-bar { background: var(--accent); }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { *, ::-webkit-progress-value { transition: none !important; } }
@media (forced-colors: active) {
  .box, li, button { border-color: CanvasText; }
  .over .box { border-color: Highlight; }
  button.main { forced-color-adjust: none; color: HighlightText; background: Highlight; }
  progress { forced-color-adjust: none; background: Canvas; border: 1px solid CanvasText; }
  progress::-webkit-progress-bar { background: Canvas; }
  progress::-webkit-progress-value { background: Highlight; }
}
`;
