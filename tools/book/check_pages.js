// What check_pages.py calls in a page: notes what a reader could not see or reach, and where links lead.
() => {
  const wrong = new Set(), page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) wrong.add(`it scrolls sideways: ${page.scrollWidth} of ${page.clientWidth} pixels`);
  for (const image of document.images) if (!image.alt && !image.closest("button")) wrong.add(`no description: ${image.src.slice(-40)}`);
  for (const formula of document.querySelectorAll("div.math")) {
    const left = formula.querySelector("mjx-math")?.getBoundingClientRect().left ?? Infinity;
    if (left + formula.scrollLeft < formula.getBoundingClientRect().left - 1) wrong.add(`cut off: ${formula.textContent.trim().slice(0, 40)}`);
  }

  const channels = (color) => {
    const numbers = (color.match(/[\d.]+/g) ?? []).map(Number);
    return color.startsWith("color(") ? numbers.map((part, place) => (place < 3 ? 255 * part : part)) : numbers; // mixed
  };
  const over = (front, back) => [0, 1, 2].map((n) => front[n] * (front[3] ?? 1) + back[n] * (1 - (front[3] ?? 1)));
  const ground = (element) => {
    const back = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return over(channels(getComputedStyle(element).backgroundColor), back);
  };
  const light = (color) => color.reduce((sum, value, n) => {
    const part = value / 255;
    return sum + [0.2126, 0.7152, 0.0722][n] * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0.05);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (texts.nextNode()) {
    const text = texts.currentNode, element = text.parentElement, said = text.data.replace("\u200b", "").trim();
    range.selectNodeContents(text);
    const { width, height } = range.getBoundingClientRect(); // 1 pixel: for screen readers only
    if (!/[\p{L}\p{N}]/u.test(said) || width < 2 || height < 2 || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, style, desc, title, option, mjx-assistive-mml")) continue;
    const style = getComputedStyle(element), zoom = element.ownerSVGElement ? element.getScreenCTM().a : 1;
    const size = zoom * parseFloat(style.fontSize);
    if (size < 9.95) wrong.add(`${size.toFixed(1)} pixels are small: ${said.slice(0, 40)}`);
    if (element.ownerSVGElement) continue;
    const back = ground(element), both = [light(over(channels(style.color), back)), light(back)].sort((a, b) => b - a);
    if (both[0] / both[1] < 4.5) wrong.add(`${(both[0] / both[1]).toFixed(1)}:1 is pale: ${said.slice(0, 40)}`);
  }
  const links = Array.from(document.querySelectorAll("a[href]"), ({ href }) => new URL(href))
    .filter(({ origin }) => origin === location.origin)
    .map(({ pathname }) => decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, "$1index.html"));
  return { wrong: [...wrong], links };
}
