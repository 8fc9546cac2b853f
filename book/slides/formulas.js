// Draws formulas: reads a JSON list of [LaTeX, does it stand on a line of its own], writes a list of SVG elements.
const path = require("path");

const mathjax = process.argv[2];
const asked = JSON.parse(require("fs").readFileSync(0, "utf-8"));

require(path.join(mathjax, "node-main.js"))
  .init({
    loader: { load: ["input/tex-full", "output/svg"] },
    svg: { fontCache: "none" },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const draw = ([latex, display]) => MathJax.startup.adaptor.innerHTML(MathJax.tex2svg(latex, { display }));
    process.stdout.write(JSON.stringify(asked.map(draw)));
  })
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
