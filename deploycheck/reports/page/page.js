"use strict";
(() => {
  const form = document.getElementById("filters");
  const folds = [...document.querySelectorAll("main details")];

  // What is folded would be missing on paper.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folds.filter((fold) => !fold.open);
    opened.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));

  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const item = target.closest("li[hidden]");
    if (item) form.reset();
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (item) setTimeout(() => target.scrollIntoView());
  };
  addEventListener("hashchange", reveal);
  reveal();
  if (!form) return;

  const findings = [...document.querySelectorAll("#findings article")].map((article) => ({
    item: article.closest("li"),
    text: article.textContent.toLowerCase(),
    severity: [article.dataset.severity],
    family: [article.dataset.family],
    debt: [article.dataset.debt],
    known: article.dataset.known.split(" "),
  }));
  const kinds = ["severity", "family", "debt", "known"];
  const status = document.getElementById("shown");
  const unfold = document.getElementById("unfold");
  const labels = [...form.querySelectorAll("[data-label]")].map((label) => ({
    label,
    value: label.dataset.counts,
    kind: label.parentElement.matches("select") ? label.parentElement.name : "severity",
  }));

  const wanted = () => {
    const data = new FormData(form);
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = Object.fromEntries(kinds.map((kind) => [kind, data.getAll(kind).filter(Boolean)]));
    return { words, chosen };
  };
  const fits = (finding, { words, chosen }, but) =>
    words.every((word) => finding.text.includes(word)) &&
    kinds.every((kind) => kind === but || !chosen[kind].length || chosen[kind].some((one) => finding[kind].includes(one)));

  // Each count says what one would get by choosing it beside the other filters.
  const recount = (asked) => {
    const pools = Object.fromEntries(kinds.map((kind) => [kind, findings.filter((one) => fits(one, asked, kind))]));
    labels.forEach(({ label, value, kind }) => {
      const number = pools[kind].filter((one) => one[kind].includes(value)).length;
      label.textContent = `${label.dataset.label} (${number})`;
    });
  };
  let pending = 0;
  const apply = () => {
    const asked = wanted();
    let shown = 0;
    findings.forEach((finding) => {
      const fit = fits(finding, asked);
      finding.item.hidden = !fit;
      shown += fit;
    });
    recount(asked);
    const all = findings.length;
    const noun = all === 1 ? "finding" : "findings";
    const told = shown === all ? `${all} ${noun} shown.` : `${shown} of ${all} ${noun} shown.`;
    // A screen reader shall hear the result of the word, not of each letter.
    clearTimeout(pending);
    pending = setTimeout(() => { status.textContent = told; }, 200);
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    document.querySelectorAll("#findings article details").forEach((fold) => { fold.open = open; });
  });
  form.hidden = false;
  apply(); // a browser may have kept what was typed before a reload
})();
