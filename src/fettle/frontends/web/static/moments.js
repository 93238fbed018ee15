// Moments go on: `5 min ago` becomes `6 min ago`, dates are said in the browser's zone. What the
// server wrote (web/passing.py) is right as it comes, so that nothing moves when this begins.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MINUTE_MS = 60_000;
const NEAR_MIN = 2 * 24 * 60;
// The server's clock counts: what is due is due by it, however wrong the browser's is.
const ahead = Date.parse(document.querySelector("script[data-now]").dataset.now) - Date.now();
const main = document.querySelector("main");

const two = (number) => String(number).padStart(2, "0");
function calendar(at, year) {
  const date = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  return `${date}${at.getFullYear() === year ? "" : ` ${at.getFullYear()}`}, ${two(at.getHours())}:${two(at.getMinutes())}`;
}
function passed(at, now) {
  const minutes = Math.floor(Math.abs(now - at) / MINUTE_MS);
  if (minutes >= NEAR_MIN) return calendar(at, now.getFullYear());
  const past = at <= now;
  if (!minutes) return past ? "just now" : "now";
  const said = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
  return past ? `${said} ago` : `in ${said}`;
}
function say() {
  const now = new Date(Date.now() + ahead);
  for (const element of main.getElementsByClassName("moment")) {
    const at = new Date(element.dateTime);
    const said = element.classList.contains("calendar") ? calendar(at, now.getFullYear()) : passed(at, now);
    const text = element.firstChild.firstChild;
    if (text.data !== said) text.data = said;
  }
}
// Exactly, for who points at one, and on paper.
function exactly(element) {
  element.title = `${calendar(new Date(element.dateTime))} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}
document.addEventListener("pointerover", ({ target }) => { const element = target.closest?.(".moment"); if (element) exactly(element); });
addEventListener("beforeprint", () => [...main.getElementsByClassName("moment")].forEach(exactly));

say();
new MutationObserver(say).observe(main, { childList: true, characterData: true, subtree: true });
setInterval(() => { if (!document.hidden) say(); }, MINUTE_MS / 4);
document.addEventListener("visibilitychange", () => { if (!document.hidden) say(); });
