/** A section of a page, as the search knows it. */
export interface Section {
  readonly url: string;
  readonly page: string;
  readonly heading: string;
  /** What its tables explain, in lower case. */
  readonly terms: readonly string[];
  /** All of it, in lower case. */
  readonly text: string;
}

/** Sections in which every word stands, the likeliest first. Runs in the browser too. */
export function find(query: string, sections: readonly Section[]): readonly Section[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  const scored = sections.map((section) => {
    const titles = `${section.page} ${section.heading}`.toLowerCase();
    const scores = words.map((word) => {
      if (section.heading.toLowerCase() === word) return 40;
      if (section.terms.includes(word)) return 30;
      if (titles.includes(word)) return 10;
      return Math.min(section.text.split(word).length - 1, 5);
    });
    const whole = words.length > 1 && section.heading.toLowerCase().includes(words.join(" ")) ? 200 : 0;
    return { section, score: scores.includes(0) ? 0 : scores.reduce((sum, one) => sum + one, whole) };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, 20)
    .map(({ section }) => section);
}
