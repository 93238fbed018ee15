// What pages can do beside what HTML does by itself. Every page works without it. Here is what has to
// be there at once; the rest comes when the browser has nothing else to do, a part at a time.

const page = document;
const one = (selector, within = page) => within.querySelector(selector);
const all = (selector, within = page) => [...within.querySelectorAll(selector)];
const shown = (element) => element && element.getClientRects().length > 0;

// ── Copy what stands beside the button ──
page.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("button.copy");
  if (!button) return;
  const text = one("code", button.parentElement).textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(one("code", button.parentElement));
    button.textContent = "Press Ctrl-C";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

// ── Moments: fields are in UTC as they come, are shown in the browser's zone, and sent in UTC again ──
// Those that are folded away are left for when they are seen: a field for moments is dear to make.
function localise() {
  all("input[type=datetime-local]").forEach((field) => {
    const utc = field.getAttribute("value");
    if (field.dataset.utc === utc || !shown(field)) return;
    field.dataset.utc = utc;
    const zone = one("[data-zone]", field.parentElement);
    if (zone) zone.textContent = `(${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
    if (!utc) return;
    const at = new Date(`${utc}Z`);
    field.value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  });
}
page.addEventListener("toggle", localise, true);
page.addEventListener("formdata", ({ target, formData }) => {
  all("input[type=datetime-local]", target).forEach(({ name, value }) => { if (value) formData.set(name, new Date(value).toISOString()); });
}, true);

// ── A link to something that can be opened opens it ──
page.addEventListener("click", ({ target }) => {
  const id = target.closest?.('a[href^="#"]')?.hash.slice(1);
  const to = id && page.getElementById(id);
  if (to?.matches("details")) { to.open = true; one("input, textarea, button", to)?.focus({ preventScroll: true }); }
});

// ── Whether keys without ⌘ or Ctrl act: who speaks to a computer, or types by accident, turns them off ──
const letters = () => { try { return localStorage.getItem("fettle-letters") !== "off"; } catch { return true; } };

// ── Keys: j, k and Enter in what carries data-rows; one that is held is pressed once, but for those ──
const typing = (target) => target.closest?.("input, textarea, select, dialog, [contenteditable]");
const STEPS = { j: 1, k: -1 };

addEventListener("keydown", (event) => {
  if (event.repeat && !typing(event.target) && !STEPS[event.key]) event.stopImmediatePropagation();
}, true);

page.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const step = letters() && STEPS[event.key];
  const rows = all("[data-rows] > *").filter(shown);
  if (!step || !rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + step))];
  rows[now]?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  (one("a.row", next) ?? next).focus({ preventScroll: true });
});

page.addEventListener("keydown", ({ key, target }) => {
  if (key !== "Escape") return;
  const open = target.closest?.("details.confirmation[open], details.menu[open]");
  if (open) { open.open = false; one("summary", open).focus(); }
});

// ── What was written and not sent: who leaves is asked, and who sends another form of the page ──
// What was refused stands in its field as it came (data-unsaved): it is not sent all the same.
const UNWRITTEN = ["hidden", "checkbox", "radio", "password", "datetime-local"];
const isUnsaved = (field) => (field.dataset.unsaved === undefined ? field.value !== field.defaultValue : field.value !== "");
const isWritten = ({ form, name, type }) => form?.method === "post" && name && !UNWRITTEN.includes(type);
const unsaved = (but = null) => all("textarea, input").some((field) => field.form !== but && isWritten(field) && isUnsaved(field));
let sending = null;
let sent = {};
const TWICE_MS = 1000; // who clicks again so soon has clicked once
page.addEventListener("submit", (event) => {
  const { target, timeStamp } = event;
  if (target.method === "dialog") return;
  if (target === sent.form && timeStamp - sent.at < TWICE_MS) { event.preventDefault(); return; }
  if (isTooLarge(target)) { event.preventDefault(); return; }
  sending = target;
  sent = { form: target, at: timeStamp };
  keep(target);
});
addEventListener("beforeunload", (event) => {
  if (unsaved(sending)) {
    event.preventDefault();
    sent = {}; // who stays has sent nothing
  }
  sending = null;
});

// A server lets go of what is too large, with all that is in it (api/bodies.py): it is not sent.
const LARGEST = 2 * 1024 ** 2;
function isTooLarge(form) {
  if (form.method !== "post" || new URLSearchParams(new FormData(form)).toString().length <= LARGEST) return false;
  const [longest] = [...form.elements].filter(isWritten).sort((a, b) => b.value.length - a.value.length);
  longest.setCustomValidity("All of this together is too long to be sent. Shorten it, or send it in parts.");
  longest.reportValidity();
  form.addEventListener("input", () => longest.setCustomValidity(""), { once: true });
  return true;
}

// What was sent and did not arrive (a proxy answered, or nobody) stands in its fields for who goes
// back. Another page of ours after it means that it did arrive.
const KEPT = "fettle-sent";
const PASSING = /^(csrf|once|version|seal)$|_were$/;
const named = ({ action, elements }) => JSON.stringify([action, ...[...elements].filter(({ name, type }) => type === "hidden" && !PASSING.test(name)).map(({ name, value }) => [name, value])]);
const isKept = (field) => field.name === "once" || isWritten(field) && field.type !== "submit";
function keep(form) {
  if (form.method !== "post") return;
  const typed = [...form.elements].filter(isKept).map(({ name, value }) => [name, value]);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ form: named(form), typed }));
  } catch { /* there is no room for it, and it is sent all the same */ }
}
function findAgain() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  if (!(performance.navigation?.type > 0)) return; // by a link; the entry that says so too is not always there so soon
  const form = kept && all("form").find((one) => named(one) === kept.form);
  if (!form) return;
  kept.typed.forEach(([name, value]) => { const field = form.elements.namedItem(name); if (field) field.value = value; });
  for (let at = form; at; at = at.parentElement) if (at.matches("details")) at.open = true;
}
try { findAgain(); } catch (error) { console.error(error); } // without a store of the browser's the rest is of use

// Who opens what is written in writes in it; Ctrl-Enter sends it.
page.addEventListener("toggle", ({ target }) => { if (target.open && target.matches("details.edit")) one("textarea", target).focus(); }, true);
page.addEventListener("keydown", ({ key, ctrlKey, metaKey, repeat, target }) => {
  if (key === "Enter" && (ctrlKey || metaKey) && !repeat && target.matches("textarea")) target.form?.requestSubmit();
});

// ── What comes when there is time for it: keys, the stream, finding, and what a stream's news are shown by ──
const parts = one("script[data-find]").dataset;
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
const spare = () => new Promise((go) => { idle(go, { timeout: 1000 }); });
const once = (bring) => { let brought; return () => (brought ??= bring()); };

// What carries data-hotkey. Where a sign is reached by Shift depends on the keyboard.
const hotkeys = once(() => import(parts.hotkeys));
const reached = (keys) => (/^[^\w\s]$/.test(keys) ? `${keys},Shift+${keys}` : keys);
async function arm() {
  localise();
  const { install } = await hotkeys();
  all("[data-hotkey]:not([data-armed])").filter(({ dataset }) => letters() || dataset.hotkey.includes("Mod")).forEach((element) => {
    element.dataset.armed = "";
    install(element, reached(element.dataset.hotkey));
  });
}
const morph = once(() => new Promise((go, fail) => {
  const script = page.createElement("script");
  Object.assign(script, { src: parts.morph, onload: go, onerror: fail });
  page.head.append(script);
}));
const find = once(() => import(parts.find));
one("#open-palette").addEventListener("click", () => { one("#palette").showModal(); find().then(({ begin }) => begin()); });
one("#palette form").addEventListener("submit", (event) => { event.preventDefault(); find().then(({ enter }) => enter()); }); // Enter, before that has come
one("#open-keys").addEventListener("click", () => { find().then(({ keys }) => keys()); });

await arm().catch((error) => console.error(error)); // without keys the rest is of use
page.dispatchEvent(new CustomEvent("fettle:armed")); // who pressed a key as the page came meant it
await spare();
const places = one(".places"); // on a phone more than fit: where one is stands among those that are seen
places.scrollLeft = (one("[aria-current]", places)?.offsetLeft ?? 0) - places.offsetLeft - places.clientWidth / 3;
(await import(parts.stream)).follow({ arm, morph, unsaved: () => unsaved() });
await spare();
await find();
const later = page.createElement("link"); // kept by the browser, and run when there are news
Object.assign(later, { rel: "prefetch", as: "script", href: parts.morph });
page.head.append(later);
