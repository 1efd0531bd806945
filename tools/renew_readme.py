"""Put the results into README.md: python -m tools.renew_readme.

The figures of the sample run come from results/table.md, those of the networks in the box from pretrained/README.md.
"""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?<=<!-- results:begin -->\n).*(?=<!-- results:end -->)", re.DOTALL)
SAMPLE = ("", "PSNR-Y, dB ↑", "SSIM-Y ↑", "Perceptual distance ↓")
BOX = ("", "what", "iterations", "Set5 PSNR-Y, dB", "BSD100 PSNR-Y, dB")


def results_block(repository: Path) -> str:
    """What stands in README.md between the two comments."""
    table = (repository / "results/table.md").read_text(encoding="utf-8")
    card = (repository / "pretrained/README.md").read_text(encoding="utf-8")
    heading = re.search(r"^\*\*(.*)\*\*, (mean of .*):$", table, re.MULTILINE)  # of the first set
    return (
        f"**The sample run** on the set {heading[1]}, {heading[2]} ([pictures and all figures](results/table.md)):\n\n"
        f"{compact(table[heading.end() :], SAMPLE)}\n\n"
        "**The networks in the box** beside the paper's ([more](pretrained/README.md)):\n\n"
        f"{compact(card, BOX)}\n"
    )


def compact(markdown: str, columns: tuple[str, ...]) -> str:
    """Some columns, by their headers, of the first table in a text."""
    lines = re.search(r"(^\|.*\|\n)+", markdown, re.MULTILINE)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    chosen = [rows[0].index(column) for column in columns]
    return "\n".join(f"| {' | '.join(row[column] for column in chosen)} |" for row in rows)


def main() -> None:
    """Write README.md."""
    path = REPOSITORY / "README.md"
    path.write_text(BLOCK.sub(lambda _: results_block(REPOSITORY), path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
