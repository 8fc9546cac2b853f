// Notes of a page of slides: what does not fit on its slide, and letters that are too small for a lecture.
() => {
  document.body.classList.remove("playing");
  const wrong = [];
  for (const slide of document.querySelectorAll("section")) {
    const sheet = slide.getBoundingClientRect();
    const end = slide.querySelector("footer").getBoundingClientRect().top + 12;
    for (const part of slide.querySelectorAll("h2, figure, ul, ol, pre, table, .formulas > p, .body p")) {
      const { left, right, bottom } = part.getBoundingClientRect();
      if (left < sheet.left + 20 || right > sheet.right - 20 || bottom > end)
        wrong.push(`slide ${slide.id}: ${part.tagName} does not fit`);
    }
    for (const part of slide.querySelectorAll(":not(svg *)"))
      if ([...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        if (parseFloat(getComputedStyle(part).fontSize) < 24) wrong.push(`slide ${slide.id}: ${part.tagName} is small`);
  }
  return { wrong, slides: document.querySelectorAll("section").length };
}
