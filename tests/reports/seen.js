// What somebody sees: the colours of each text and of what lies behind it, as the browser has worked them out.
() => {
  const parts = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const clear = (color) => { const c = parts(color); return c.length < 3 || c[3] === 0; };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (!clear(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const light = (color) => {
    const [r, g, b] = parts(color).slice(0, 3).map((v) => {
      const s = v / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const seen = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, style, title, option")) continue;
    const style = getComputedStyle(element);
    const color = element.closest("svg") ? style.fill : style.color;
    seen.push({ kind: "text", text: walk.currentNode.data.trim().slice(0, 40), ratio: ratio(color, behind(element)) });
  }
  for (const control of document.querySelectorAll("select, input[type=search], button")) {
    const edge = getComputedStyle(control).borderTopColor;
    seen.push({ kind: "edge", text: control.id, ratio: ratio(edge, behind(control.parentElement)) });
  }
  for (const shape of document.querySelectorAll(".kept, .covered, .solid, .limit")) {
    seen.push({ kind: "shape", text: shape.getAttribute("class"), ratio: ratio(getComputedStyle(shape).fill, behind(shape.parentElement)) });
  }
  return seen;
}
