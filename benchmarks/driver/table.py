"""What is printed at the end: figures, targets beside their limits, and what was left out."""


class Table:
    def __init__(self):
        self.notes, self.figures, self.targets, self.left_out = [], [], [], []

    def note(self, text):
        self.notes.append(text)

    def figure(self, name, text):
        self.figures.append({"name": name, "figure": text})

    def leave_out(self, text):
        self.left_out.append(text)

    def at_most(self, target, name, figure, limit, unit=""):
        self._target(target, name, figure, "<=", limit, unit, figure <= limit)

    def at_least(self, target, name, figure, limit, unit=""):
        self._target(target, name, figure, ">=", limit, unit, figure >= limit)

    def _target(self, target, name, figure, relation, limit, unit, met):
        self.targets.append(
            {"target": target, "name": name, "figure": figure, "relation": relation, "limit": limit, "unit": unit, "met": met}
        )

    def all_met(self):
        return all(row["met"] for row in self.targets)

    def content(self):
        return {"notes": self.notes, "figures": self.figures, "targets": self.targets, "left_out": self.left_out}

    def print(self, verdicts=True):
        for note in self.notes:
            print(note)
        print()
        for row in self.figures:
            print(f"    {row['name']:<44} {row['figure']}")
        print()
        print(f"    {'target':<45} {'measured':>10}   limit")
        for row in sorted(self.targets, key=lambda row: str(row["target"])):
            figure, limit = f"{row['figure']:.3g} {row['unit']}".strip(), f"{row['relation']} {row['limit']:g} {row['unit']}".strip()
            verdict = ("ok" if row["met"] else "MISSED") if verdicts else ""
            print(f"  {row['target']!s:<6} {row['name']:<40} {figure:>10}   {limit:<10} {verdict}".rstrip())
        if self.left_out:
            print("\nleft out:")
            for text in self.left_out:
                print(f"    {text}")
