// Charts that can be explored; their figures come with the page.

const colours = ["--cool", "--warn", "--good", "--bad"];
const HEIGHT = 200;
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

function draw(figure) {
  const { unit, times, series } = JSON.parse(figure.dataset.chart);
  const canvas = figure.querySelector(".canvas");
  const axis = { stroke: resolved("--soft"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { stroke: resolved("--line") } };
  canvas.replaceChildren();
  const days = times.at(-1) - times[0] > 2 * 86400; // weeks and months are of UTC
  const when = new Intl.DateTimeFormat(undefined, days ? { day: "numeric", month: "short", timeZone: "UTC" } : { hour: "2-digit", minute: "2-digit" });
  const said = (_, value) => (value == null ? "—" : `${Number(value.toPrecision(3))} ${unit}`);
  const chart = new uPlot({
    width: canvas.clientWidth,
    height: HEIGHT,
    scales: { y: { range: (_, least, most) => [Math.min(0, least ?? 0), (most || 1) * 1.1] } },
    axes: [{ ...axis, values: (_, moments) => moments.map((moment) => when.format(moment * 1000)) }, axis],
    series: [
      { label: "When", value: (_, moment) => (moment == null ? "—" : when.format(moment * 1000)) },
      ...series.map(({ name }, place) => ({ label: name, value: said, stroke: resolved(colours[place % colours.length]), width: 2, spanGaps: true, points: { show: times.length < 60 } })),
    ],
  }, [times, ...series.map(({ values }) => values)], canvas);
  new ResizeObserver(() => chart.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);
}
// A canvas knows no light-dark(): an element resolves it.
function resolved(name) {
  const probe = document.createElement("i");
  probe.style.color = colour(name);
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("fettle:renewed", drawAll);
