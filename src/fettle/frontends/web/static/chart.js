// Charts that can be explored; their figures come with the page.

const colours = ["--cool", "--warn", "--good", "--bad"];
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

function draw(figure) {
  const { unit, times, series } = JSON.parse(figure.dataset.chart);
  const canvas = figure.querySelector(".canvas");
  const axis = { stroke: resolved("--soft"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { stroke: resolved("--line") } };
  canvas.replaceChildren();
  const chart = new uPlot({
    width: canvas.clientWidth,
    height: 240,
    axes: [axis, { ...axis, label: unit || undefined }],
    series: [{}, ...series.map(({ name }, place) => ({ label: name, stroke: resolved(colours[place % colours.length]), width: 2 }))],
  }, [times, ...series.map(({ values }) => values)], canvas);
  new ResizeObserver(() => chart.setSize({ width: canvas.clientWidth, height: 240 })).observe(figure);
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
