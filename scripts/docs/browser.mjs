import { find } from "./search.ts";

/* What a page of the site does: it shows what is found while one types. SECTIONS are in sections.js, ROOT in the page. */
const input = document.querySelector("input");
const results = document.querySelector("#results");

input.addEventListener("input", () => results.replaceChildren(...find(input.value, SECTIONS).map(row)));
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || document.activeElement === input) return;
  event.preventDefault();
  input.focus();
});

function row({ url, page, heading }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = ROOT + url;
  link.textContent = heading === page ? page : `${page}: ${heading}`;
  item.append(link);
  return item;
}
