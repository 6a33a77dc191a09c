// Sorts a table by the column whose heading is pressed; a second press turns the order. Cells carry their figure in
// data-key; empty ones stay last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = [...table.tBodies[0].rows].map((row) => {
        const cell = row.cells[column];
        const key = cell.dataset.key ?? cell.textContent;
        return { row, key, number: Number(key) };
      });
      keyed.sort((a, b) => {
        if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
        const order = isNaN(a.number) || isNaN(b.number) ? a.key.localeCompare(b.key) : a.number - b.number;
        return down ? -order : order;
      });
      table.tBodies[0].append(...keyed.map((entry) => entry.row));
    });
  });
}
// A link to a case opens it.
function open() {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = at && at.closest("details");
  if (fold) {
    fold.open = true;
    at.scrollIntoView();
  }
}
addEventListener("hashchange", open);
open();
