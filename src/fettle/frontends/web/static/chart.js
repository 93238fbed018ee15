// Charts that can be explored; their figures come with the page.

const colours = ["--cool", "--warn", "--good", "--bad", "--soft"];
const HEIGHT = 200;
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

const drawn = new Map(); // canvas → what lets go of its chart

function draw(figure) {
  const { unit, times, series, bands = [], marks = [], gaps = false } = JSON.parse(figure.dataset.chart);
  const canvas = figure.querySelector(".canvas");
  const axis = { stroke: resolved("--soft"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { stroke: resolved("--line") } };
  drawn.get(canvas)?.();
  canvas.replaceChildren();
  const days = times.at(-1) - times[0] > 2 * 86400; // weeks and months are of UTC
  const when = new Intl.DateTimeFormat(undefined, days ? { day: "numeric", month: "short", timeZone: "UTC" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const faintly = series.filter(({ faint }) => faint).length; // they come first
  const line = ({ name, values, faint }, place) => ({ label: name, value: said, stroke: faint ? "transparent" : resolved(colours[(place - faintly) % colours.length]), width: faint ? 0 : 2, spanGaps: !gaps, points: { show: !faint && values.filter((value) => value != null).length < 60 } });
  const said = (_, value) => (value == null ? "—" : `${Number(value.toPrecision(3))} ${unit}`);
  const chart = new uPlot({
    width: canvas.clientWidth,
    height: HEIGHT,
    scales: { y: { range: (_, least, most) => [Math.min(0, least ?? 0), (most || 1) * 1.1] } },
    axes: [{ ...axis, values: (_, moments) => moments.map((moment) => when.format(moment * 1000)) }, { ...axis, size: 60 }],
    series: [
      { label: "When", value: (_, moment) => (moment == null ? "—" : when.format(moment * 1000)) },
      ...series.map(line),
    ],
    bands: bands.map(([most, least]) => ({ series: [most + 1, least + 1], fill: resolved("--cool-ground") })),
    hooks: { draw: [(plot) => mark(plot, marks)] },
  }, [times, ...series.map(({ values }) => values)], canvas);
  const sized = new ResizeObserver(() => chart.setSize({ width: canvas.clientWidth, height: HEIGHT }));
  sized.observe(canvas);
  drawn.set(canvas, () => { sized.disconnect(); chart.destroy(); drawn.delete(canvas); });
}
// Moments that something was done at: a line, and what it was where there is room.
function mark(chart, marks) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = resolved("--accent");
  ctx.setLineDash([4, 4]);
  ctx.font = `${11 * devicePixelRatio}px system-ui`;
  let free = bbox.left;
  marks.toSorted((one, other) => one.at - other.at).forEach(({ at, says }) => {
    const until = chart.data[0].at(-1); // what came in the last step stands at its beginning
    const x = Math.round(chart.valToPos(Math.min(at, until), "x", true));
    if (x < bbox.left) return;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const wide = ctx.measureText(says).width;
    const left = Math.min(x + 4, bbox.left + bbox.width - wide);
    if (left < free) return;
    ctx.fillText(says, left, bbox.top + 11 * devicePixelRatio);
    free = left + wide + 8;
  });
  ctx.restore();
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
const drawAll = () => {
  drawn.forEach((letGo, canvas) => { if (!canvas.isConnected) letGo(); });
  document.querySelectorAll("[data-chart]").forEach(draw);
};
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("fettle:renewed", drawAll);
