"""Writes patients.csv: 60 patients with four visits each, who differ more from each other than their visits do."""

import csv
import random

chance = random.Random(0)
with open("patients.csv", "w", encoding="utf-8", newline="") as file:
    write = csv.writer(file, lineterminator="\n").writerow
    write(("patient", "age", "pressure", "glucose", "activity", "site", "diagnosis"))
    for number in range(60):
        ill = chance.random() < 0.5
        age, site = chance.randint(30, 80), chance.choice(("Graz", "Linz", "Wien"))
        pressure, glucose = chance.gauss(135 if ill else 124, 10), chance.gauss(6.6 if ill else 5.4, 0.9)
        for _ in range(4):
            activity = chance.choice(("low", "low", "some") if ill else ("some", "much", "low"))
            measured = f"{chance.gauss(glucose, 0.3):.1f}" if chance.random() < 0.9 else ""
            row = (f"{chance.gauss(pressure, 3):.0f}", measured, activity, site, "ill" if ill else "well")
            write((f"p{number:02}", age, *row))
