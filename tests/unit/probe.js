// Measures the page it stands in and hands what it finds to the page around it.
addEventListener("load", async () => {
  const width = document.documentElement.clientWidth, found = {};
  const say = (e) => (e.id || e.className.baseVal || e.className || "") + " " + e.tagName + " " + (e.textContent || "").trim().slice(0, 40);
  found.width = width;
  found.scrolls = document.documentElement.scrollWidth;
  found.over = [...document.querySelectorAll("body *")]
    .filter((e) => !e.closest(".scroll, svg, .skip") && e.getBoundingClientRect().right > width + 1).map(say);
  // every line of text with the box it is set in; tables scroll inside their own frame
  const boxes = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest("script, style, .skip, #tip")) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) if (r.width > 1) boxes.push({ r, node, svg: parent.closest("svg") });
  }
  boxes.sort((a, b) => a.r.top - b.r.top);
  found.texts = boxes.length;
  found.overlaps = [];
  boxes.forEach((a, i) => {
    for (let j = i + 1; j < boxes.length && boxes[j].r.top < a.r.bottom; j++) {
      const b = boxes[j];
      if (a.node === b.node) continue;
      const wide = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left);
      const high = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
      if (wide > 2 && high > 3) found.overlaps.push(a.node.data.trim().slice(0, 40) + " / " + b.node.data.trim().slice(0, 40));
    }
  });
  found.cut = boxes.filter((b) => {
    if (!b.svg) return false;
    const frame = b.svg.getBoundingClientRect();
    return b.r.left < frame.left - 1 || b.r.right > frame.right + 1 || b.r.bottom > frame.bottom + 1;
  }).map((b) => b.node.data.trim().slice(0, 40));
  const drawings = [...document.querySelectorAll("figure svg")].filter((e) => e.checkVisibility());
  found.drawings = drawings.length;
  found.empty = drawings.filter((e) => e.getBoundingClientRect().height < 20 || e.querySelectorAll("path, circle, rect").length < 3).map(say);
  found.empty.push(...[...document.querySelectorAll("section, table tbody, figcaption, caption, h2, h3")].filter((e) => !e.textContent.trim()).map(say));
  found.fetched = performance.getEntriesByType("resource").map((e) => e.name);
  const results = await axe.run(document, { resultTypes: ["violations"] });
  found.violations = results.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.failureSummary).join("; "));
  found.passes = results.passes.length;
  const slot = parent.document.createElement("pre");
  slot.textContent = JSON.stringify({ page: document.body.dataset.probed, ...found });
  parent.document.body.append(slot);
});
