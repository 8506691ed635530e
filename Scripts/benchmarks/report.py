"""What the benchmarks found, as one table."""


class Report:
    """One table; a figure without a demand is only told."""

    def __init__(self):
        self.rows = []

    def add(self, bench, figure, value, text, demand=None, is_met=None, peer=""):
        met = None if demand is None else bool(is_met)
        self.rows.append(dict(bench=bench, figure=figure, value=value, text=text, demand=demand, met=met, peer=peer))

    def at_most(self, bench, figure, value, limit, form="{:.2f}", peer=""):
        self.add(bench, figure, value, form.format(value), "<= " + form.format(limit), value <= limit, peer)

    def at_least(self, bench, figure, value, limit, form="{:.1f} %", peer=""):
        self.add(bench, figure, value, form.format(value), ">= " + form.format(limit), value >= limit, peer)

    def tell(self, bench, figure, value, form="{:.2f}", peer=""):
        self.add(bench, figure, value, form.format(value), peer=peer)

    def table(self):
        head = ("bench", "figure", "measured", "demanded", "", "best other program")
        rows = [head] + [
            (row["bench"], row["figure"], row["text"], row["demand"] or "",
             {True: "ok", False: "MISSED", None: ""}[row["met"]], row["peer"])
            for row in self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * len(lines[0])] + lines[1:])

    def missed(self):
        return [row for row in self.rows if row["met"] is False]
