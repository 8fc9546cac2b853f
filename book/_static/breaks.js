// Where lines may break: long names after a dot or a part of the name; never between a formula and its comma.
document.addEventListener("DOMContentLoaded", () => {
  for (const name of document.querySelectorAll(".bd-article :not(pre) > code:not(:has(.pre)), .bd-article code .pre")) {
    if (name.textContent.length < 18) continue;
    const parts = name.textContent.split(/(?<=[._/=(])(?=\w)|(?<=[a-z])(?=[A-Z][a-z])/);
    name.replaceChildren(...parts.flatMap((part, place) => (place ? [document.createElement("wbr"), part] : [part])));
  }
  for (const formula of document.querySelectorAll(".bd-article span.math")) {
    const mark = formula.nextSibling?.nodeType === Node.TEXT_NODE && formula.nextSibling.data.match(/^[^\s\w(\[“‘–—]+/);
    if (!mark) continue;
    const both = document.createElement("span");
    both.style.whiteSpace = "nowrap";
    formula.nextSibling.data = formula.nextSibling.data.slice(mark[0].length);
    formula.before(both);
    both.append(formula, mark[0]);
  }
});
