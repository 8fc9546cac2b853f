// One slide at a time: arrow keys, space or a click go on, Home and End jump, S shows the notes, F fills the screen.
const slides = [...document.querySelectorAll("section")];
let now = 0;

function show(number) {
  now = Math.min(Math.max(number, 0), slides.length - 1);
  slides.forEach((slide, place) => slide.classList.toggle("now", place === now));
  history.replaceState(null, "", `#${now + 1}`);
}

function fit() {
  const scale = Math.min(innerWidth / 1920, innerHeight / 1080);
  const style = document.documentElement.style;
  style.setProperty("--scale", scale);
  style.setProperty("--left", `${(innerWidth - 1920 * scale) / 2}px`);
  style.setProperty("--top", `${(innerHeight - 1080 * scale) / 2}px`);
}

const keys = {
  ArrowRight: () => show(now + 1),
  ArrowDown: () => show(now + 1),
  PageDown: () => show(now + 1),
  " ": () => show(now + 1),
  ArrowLeft: () => show(now - 1),
  ArrowUp: () => show(now - 1),
  PageUp: () => show(now - 1),
  Home: () => show(0),
  End: () => show(slides.length - 1),
  s: () => slides.forEach((slide) => slide.querySelector("aside").toggleAttribute("hidden")),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
};

addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[key]) return;
  event.preventDefault();
  keys[key]();
});
addEventListener("click", (event) => show(now + (event.clientX < innerWidth / 4 ? -1 : 1)));
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
addEventListener("resize", fit);
document.body.classList.add("playing");
fit();
show(Number(location.hash.slice(1)) - 1 || 0);
