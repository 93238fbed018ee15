// Watches one page load. It runs before any script of the page, in a world of its own: the page
// sees nothing of it. `webVitals` is the package web-vitals, which stands above this.
(() => {
  if (window.top !== window) return;

  const MOST = 500;
  const NEAR_MS = 500; // a push is seen in the frames before the shift, which a slow device stretches
  const seen = { figures: {}, lcp: null, interaction: null, shifts: [], tasks: [], frames: [] };
  const grown = []; // elements that changed their height: {node, at, by, how}
  const fonts = []; // {at, family}

  const called = (node) => {
    const element = node && (node.nodeType === 1 ? node : node.parentElement);
    if (!element) return node ? String(node.nodeName).toLowerCase() : "";
    const parts = [];
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      if (one.id) {
        parts.unshift(`#${one.id}`);
        break;
      }
      const kinds = [...one.classList].slice(0, 2).map((name) => `.${name}`);
      parts.unshift(one.localName + kinds.join(""));
      if (parts.length === 4 || one === document.body) break;
    }
    return parts.join(" > ").slice(0, 200) || element.localName;
  };

  const all = { reportAllChanges: true, generateTarget: called };
  const figure = (name) => (metric) => (seen.figures[name] = metric.value);
  webVitals.onTTFB(figure("ttfb"), all);
  webVitals.onFCP(figure("fcp"), all);
  webVitals.onCLS((metric) => {
    seen.figures.cls = metric.value;
    seen.worst = metric.entries.map((entry) => entry.startTime);
  }, all);
  webVitals.onLCP((metric) => {
    const { attribution: part } = metric;
    seen.figures.lcp = metric.value;
    seen.lcp = {
      at: metric.value,
      element: part.target || "",
      resource: part.url || null,
      ttfb: part.timeToFirstByte,
      delay: part.resourceLoadDelay,
      load: part.resourceLoadDuration,
      render: part.elementRenderDelay,
    };
  }, all);
  webVitals.onINP(
    (metric) => {
      const { attribution: part } = metric;
      seen.figures.inp = metric.value;
      seen.interaction = {
        // what has replaced itself meanwhile is not told; the first click is then
        element: part.interactionTarget || seen.clicked || "",
        lasted: metric.value,
        delay: part.inputDelay,
        processing: part.processingDuration,
        presentation: part.presentationDelay,
      };
    },
    { ...all, durationThreshold: 16 },
  );

  const observe = (type, take) => {
    try {
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
        type,
        buffered: true,
      });
    } catch {
      // a browser that does not know it tells nothing of it
    }
  };
  observe("first-input", (entry) => (seen.figures.fid = entry.processingStart - entry.startTime));
  observe("longtask", ({ startTime, duration }) => {
    if (seen.tasks.length < MOST) seen.tasks.push({ at: startTime, lasted: duration });
  });
  observe("long-animation-frame", (frame) => {
    for (const one of frame.scripts) {
      if (seen.frames.length >= MOST) return;
      const script = one.sourceURL || "";
      const name = one.sourceFunctionName || one.invoker || "";
      seen.frames.push({ at: one.startTime, lasted: one.duration, script, name });
    }
  });

  // What pushes is looked for among what grew, or came, above what moved; and in it, where a margin
  // that collapses makes the whole of it move by something else.
  const pushed = (node, at, by) => {
    const now = grown.filter((one) => Math.abs(one.at - at) <= NEAR_MS && one.node !== node);
    const above = now.filter(
      (one) =>
        Math.sign(one.by) === Math.sign(by) &&
        node.compareDocumentPosition(one.node) === Node.DOCUMENT_POSITION_PRECEDING,
    );
    above.sort((a, b) => Math.abs(a.by - by) - Math.abs(b.by - by));
    const within = now.filter((one) => node.contains(one.node));
    within.sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
    const [push] = [...above, ...within];
    if (push) return { by: called(push.node), how: push.how };
    const font = fonts.find((one) => Math.abs(one.at - at) <= NEAR_MS);
    return font ? { by: font.family, how: "font" } : {};
  };
  observe("layout-shift", (entry) => {
    if (entry.hadRecentInput || seen.shifts.length >= MOST) return;
    const sources = entry.sources.filter((source) => source.node);
    const far = ({ previousRect: a, currentRect: b }) => b.top - a.top;
    sources.sort((a, b) => Math.abs(far(b)) - Math.abs(far(a)));
    const [most] = sources;
    const by = most ? far(most) : 0;
    const push = most ? pushed(most.node, entry.startTime, by) : {};
    seen.shifts.push({
      at: entry.startTime,
      value: entry.value,
      moved: most ? called(most.node) : "",
      by,
      pushed: push.by || null,
      how: push.how || null,
    });
  });

  const heights = new WeakMap(); // null until the first layout of what was parsed
  const came = new WeakSet();
  const sizes = new ResizeObserver((changes) => {
    for (const { target, borderBoxSize } of changes) {
      const height = borderBoxSize[0].blockSize;
      const before = heights.get(target);
      const by = before === null ? 0 : height - before;
      heights.set(target, height);
      if (Math.abs(by) < 1 || grown.length >= MOST) continue;
      grown.push({ node: target, at: performance.now(), by, how: came.has(target) ? "came" : "grew" });
      came.delete(target);
    }
  });
  const EMBEDDED = "img, iframe, video, embed, object";
  const watch = (element) => {
    if (element.nodeType !== 1 || heights.has(element)) return;
    // what comes after the first paint pushes by its whole height, what was parsed before by growing
    const late = "fcp" in seen.figures;
    if (!late && !element.matches(EMBEDDED)) {
      element.querySelectorAll(EMBEDDED).forEach(watch);
      return;
    }
    heights.set(element, late ? 0 : null);
    if (late) came.add(element);
    sizes.observe(element);
    if (late) element.querySelectorAll(EMBEDDED).forEach(watch);
  };
  new MutationObserver((changes) =>
    changes.forEach((change) => change.addedNodes.forEach(watch)),
  ).observe(document, { childList: true, subtree: true });
  document.fonts?.addEventListener("loadingdone", (event) => {
    const family = event.fontfaces[0]?.family || "";
    if (fonts.length < MOST) fonts.push({ at: performance.now(), family });
  });

  // By how much an image is denser than the browser says: what a srcset gives a width or a density
  // is said to be as large as it is shown by that.
  const CANDIDATE = /(\S*[^\s,])(?:\s+([\d.]+)([wx]))?\s*(?:,|$)/g;
  const density = (image) => {
    const picture = image.closest("picture");
    const sources = [image, ...(picture?.querySelectorAll("source") || [])];
    for (const [, address, number, unit] of sources.flatMap((one) => [
      ...one.srcset.matchAll(CANDIDATE),
    ])) {
      if (number && URL.parse(address, document.baseURI)?.href === image.currentSrc) {
        return unit === "x" ? Number(number) : Number(number) / image.naturalWidth;
      }
    }
    return 1;
  };
  const pictures = () => {
    const ratio = window.devicePixelRatio;
    return [...document.images].slice(0, MOST).map((image) => {
      const box = image.getBoundingClientRect();
      const dense = density(image);
      const shape = image.hasAttribute("width") && image.hasAttribute("height");
      const style = getComputedStyle(image);
      const known = style.aspectRatio !== "auto" && !style.aspectRatio.startsWith("auto");
      return {
        url: image.currentSrc || image.src,
        width: Math.round(image.naturalWidth * dense),
        height: Math.round(image.naturalHeight * dense),
        shown: [box.width * ratio, box.height * ratio],
        sized: shape || known || style.position === "absolute" || style.position === "fixed",
        lazy: image.loading === "lazy",
        seen: box.top < innerHeight && box.bottom > 0 && box.width * box.height > 0,
      };
    });
  };
  const served = () => {
    const [entry] = performance.getEntriesByType("navigation");
    return entry ? Math.max(0, entry.responseStart - entry.requestStart) : null;
  };
  const servers = () =>
    (performance.getEntriesByType("navigation")[0]?.serverTiming || [])
      .slice(0, 50)
      .map(({ name, duration, description }) => ({ name, duration, says: description }));

  // What is harmless to click: it leads nowhere, and sends no form.
  const HARMLESS =
    "button, summary, [role=button], [role=tab], [aria-expanded], " +
    "input[type=checkbox], input[type=radio]";
  const harmless = (element) => {
    if (element.closest("a[href], [disabled], [aria-disabled=true]")) return false;
    return !(element.form && !["button", "checkbox", "radio"].includes(element.type));
  };
  const middle = (element) => {
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const there = box.width && box.height && document.elementFromPoint(x, y);
    return there && (element.contains(there) || there.contains(element)) ? { x, y } : null;
  };

  globalThis.fettle = {
    state: () => JSON.stringify({ ...seen, served: served() }),
    // for how long nothing has kept the page busy; one that has painted nothing yet gets more time
    idle: () => {
      const since = Math.max(0, ...seen.tasks.map((task) => task.at + task.lasted));
      return performance.now() - since - ("fcp" in seen.figures ? 0 : 3000);
    },
    page: () =>
      JSON.stringify({
        pictures: pictures(),
        servers: servers(),
        asksPassword: !!document.querySelector("input[type=password]"),
      }),
    toClick: (selectors, most) => {
      const points = [];
      const add = (element) => {
        const point = element && middle(element);
        if (point) seen.clicked ??= called(element);
        points.push(point);
      };
      const named = (selector) => {
        try {
          return document.querySelector(selector);
        } catch {
          return null; // what is no selector names nothing
        }
      };
      for (const selector of selectors) {
        const element = named(selector);
        element?.scrollIntoView({ block: "center", behavior: "instant" });
        add(element);
      }
      if (selectors.length) return JSON.stringify(points);
      for (const element of document.querySelectorAll(HARMLESS)) {
        if (harmless(element) && middle(element)) add(element);
        if (points.length === most) break;
      }
      return JSON.stringify(points.length ? points : [{ x: 2, y: 2 }]);
    },
    painted: () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150))),
      ),
  };
})();
