// Live: one stream a browser; the tab that holds the lock passes on what it hears.

const page = document;
const one = (selector, within = page) => within.querySelector(selector);
const all = (selector, within = page) => [...within.querySelectorAll(selector)];

const live = one("#live");
const topics = new Set((live.dataset.live || "").split(",").filter(Boolean));
const mark = one("#stream");
const tabs = new BroadcastChannel("fettle-live");
const SOON_MS = 250;
const again = live.dataset.again; // the page itself, whatever form was refused
const FAILED_MS = 15_000;
const APART_MS = 3000; // between two looks of one tab, and up to twice that where many look
let core = null; // what fettle.js gives: to arm what is new, to have what morphs, to know what is not sent
let looking = null;
let lookedAt = 0;
const recent = []; // what whoever leads has heard lately: a tab that comes may have missed it
const LATELY_MS = 60_000;
const ASKING_MS = 500; // allowed for a question for the stream; what changed is missed by a slower one
const read = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.requestStart ?? 0); // from the store: not before

function heard({ changed, lost, out }) {
  if (lost !== undefined) {
    mark.classList.add("known");
    mark.classList.toggle("lost", lost);
    mark.textContent = out ? "Logged out" : lost ? "Not live" : "";
    mark.title = out ? "Not live: you are not logged in any more" : lost ? "Not live: the server is not reached; it is tried again by itself" : "Live";
    mark.ariaLabel = mark.title;
  }
  if (changed && (changed.includes("*") || changed.some((topic) => topics.has(topic)))) look();
}
function look(least = 0) {
  if (looking || !topics.size || !again) return;
  const apart = Math.max(least, lookedAt + APART_MS * (1 + Math.random()) - Date.now());
  looking = setTimeout(renew, Math.max(SOON_MS, apart));
}
// Nothing is taken from under the hands of somebody who types or is about to decide.
const busy = () => core.unsaved() || one("details.confirmation[open], dialog[open], textarea:focus, input:focus, select:focus", live);

async function renew() {
  looking = null;
  lookedAt = Date.now();
  if (page.hidden) { missed = true; return; }
  if (busy()) { one("#stale").hidden = false; return; }
  const answer = await fetch(again, { headers: { "X-Live": "1" } }).catch(() => null);
  if (!answer || answer.redirected || !answer.ok) { one("#stale").hidden = !answer?.redirected; if (!answer?.redirected) look(FAILED_MS); return; }
  const text = await answer.text();
  try { await core.morph(); } catch { if (busy()) one("#stale").hidden = false; else location.href = again; return; } // a server of another version has none of ours
  if (busy()) { one("#stale").hidden = false; return; }
  one("#stale").hidden = true;
  const at = one(".at a.row")?.getAttribute("href");
  const folds = new Map(all("details[id]", live).map(({ id, open }) => [id, open]));
  await htmx.swap({ text, target: live, sourceElement: live, select: "#live", swap: "outerMorph" });
  folds.forEach((open, id) => { const fold = page.getElementById(id); if (fold) fold.open = open; });
  core.arm();
  if (at) all("a.row").find((link) => link.getAttribute("href") === at)?.closest("[data-rows] > *")?.classList.add("at");
  page.dispatchEvent(new CustomEvent("fettle:renewed"));
}
let missed = false;
page.addEventListener("visibilitychange", () => { if (!page.hidden && missed) { missed = false; look(); } });
one("#renew").addEventListener("click", () => { location.href = again || location.href; });

let stream = null;
let leave = null; // lets another tab lead
const AGAIN_MS = 5000;
const tell = (news) => {
  if (news.changed) recent.push({ at: Date.now(), changed: news.changed });
  while (recent.length && recent[0].at < Date.now() - LATELY_MS) recent.shift();
  tabs.postMessage(news);
  heard(news);
};
function listen(was = false) {
  const asked = Date.now();
  stream = new EventSource(was ? "/live" : `/live?age=${((asked - read + ASKING_MS) / 1000).toFixed(3)}`);
  stream.addEventListener("open", () => {
    was ||= Date.now() - asked > ASKING_MS;
    tell({ lost: false, changed: was ? ["*"] : undefined });
    was = false;
  });
  stream.addEventListener("changed", ({ data }) => tell({ changed: JSON.parse(data) }));
  stream.addEventListener("error", () => { was = true; tell({ lost: true }); if (stream.readyState === EventSource.CLOSED) listenAgain(); });
}
// A browser gives up where it was answered: by a proxy whose server is away, or since nobody is
// logged in. Then another tab may lead: in one of them somebody logs in again.
async function listenAgain() {
  const answer = await fetch(again || location.href, { method: "HEAD", headers: { "X-Live": "1" }, redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") { setTimeout(() => listen(true), AGAIN_MS * (1 + Math.random())); return; }
  stream = null;
  tell({ lost: true, out: true });
  leave?.();
}
function lead() {
  return new Promise((letGo) => { leave = () => { leave = null; letGo(); }; listen(waited); });
}
let waited = false; // has led before, or was logged out: what changed meanwhile was not heard
let queued = false;
function queue() {
  if (!navigator.locks) { listen(waited); return; }
  if (queued) return;
  queued = true;
  navigator.locks.request("fettle-live", lead).finally(() => { queued = false; waited = true; });
}
export function follow(given) {
  core = given;
  tabs.addEventListener("message", ({ data }) => {
    if (data.ask && stream) tabs.postMessage({ lost: stream.readyState !== EventSource.OPEN, changed: recent.filter(({ at }) => at >= data.since).flatMap(({ changed }) => changed) });
    if (data.lost === false && !queued) { queue(); heard({ changed: ["*"] }); } // somebody has logged in again
    heard(data);
  });
  tabs.postMessage({ ask: true, since: read });
  queue();
}
