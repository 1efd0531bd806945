"""Put the results into the pages that show them: python -m tools.renew_pages

README.md and docs/results.md show the pretrained networks beside the paper's, and pretrained/README.md all figures of
these networks. They are in pretrained/metrics.json, which tools.measure_pretrained writes.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from srgan.errors import UserError
from srgan.evaluation.results import read_metrics
from srgan.metrics.score import printed
from srgan.names import NAMES
from srgan.pipeline import TRAINING_STAGES
from srgan.report.table import markdown, mean_table
from srgan.training.history import last_stage, learned

REPOSITORY = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- results:begin -->\n", "<!-- results:end -->"  # around the block
TITLES = {
    "bicubic": "bicubic",
    **{stage: f"`{stage}`, {name}" for stage, name in NAMES.items()},
    "photo": "`photo`, for noise and JPEG",
}
SETS = ("Set5", "BSD100")
CARD = "card"  # the folder of the photographs of the card
WORSE_SETS = ("BSD100+jpeg60", "BSD100+noise10+jpeg75")
SHOWN = {"psnr_y": "PSNR-Y, dB ↑", "perceptual_distance": "perceptual distance ↓"}
GOES_ON_FROM = {"gan": "pretrain", "vgg": "gan", "wgan": "gan"}
PAPER = (  # Ledig et al. 2017, tables 1 and 2: network, iterations x crops, PSNR-Y on Set5 and on BSD100
    ("the paper's SRResNet", "1,000,000 × 16", "32.05", "27.58"),
    ("the paper's SRGAN-MSE", "200,000 × 16, after SRResNet", "30.64", "–"),
    ("the paper's SRGAN-VGG22", "200,000 × 16, after SRResNet", "29.84", "–"),
    ("the paper's SRGAN-VGG54", "200,000 × 16, after SRResNet", "29.40", "25.16"),
)


def pretrained_table(repository: Path) -> str:
    """The pretrained networks beside the paper's."""
    rows = [
        [title, trained(repository / "pretrained" / network), *figures(repository, network, SETS)]
        for network, title in TITLES.items()
    ]
    rows += [[title, length, set5, "–", bsd100, "–"] for title, length, set5, bsd100 in PAPER]
    return table(["", "iterations × mean batch size"], SETS, rows)


def worse_table(repository: Path) -> str:
    """The pretrained networks on noisy and compressed pictures."""
    rows = [[title, *figures(repository, network, WORSE_SETS)] for network, title in TITLES.items()]
    return table([""], WORSE_SETS, rows)


def table(first: list[str], sets: tuple[str, ...], rows: list[list[str]]) -> str:
    """Rows below the first columns' names and those of the figures SHOWN of each set."""
    columns = [f"{name} {title}" for name in sets for title in SHOWN.values()]
    return markdown([first + columns, *rows], [":--"] * len(first) + ["--:"] * len(columns)) + "\n"


def figures(repository: Path, network: str, sets: tuple[str, ...]) -> list[str]:
    """The figures SHOWN of a network, on each set."""
    metrics = read_metrics(repository / "pretrained/metrics.json")
    return [printed(metric, metrics[name][network][metric]) for name in sets for metric in SHOWN]


def trained(network: Path) -> str:
    """How long a network was trained, with the mean of its batches' sizes; nothing for bicubic.

    One that goes on from another of the table learned so long after it; of any other, each stage's training is said.
    """
    if not (network / "model.json").is_file():
        return ""
    how = json.loads((network / "model.json").read_text(encoding="utf-8"))["trained"]
    after = GOES_ON_FROM.get(network.name)
    parts = [learned(how, stage) for stage in ([last_stage(how)] if after else TRAINING_STAGES)]
    said = " and ".join(f"{count:,} × {round(crops / count, 1):g}" for count, crops in parts if count)
    return said + (f", after `{after}`" if after else "")


def card_tables(repository: Path) -> str:
    """All figures of the pretrained networks."""
    metrics = read_metrics(repository / "pretrained/metrics.json")
    titles = {name: f"**{name}**" for name in SETS} | {CARD: "**The ten photographs above**"}
    titles |= {name: f"**{name}**" for name in WORSE_SETS}
    return "\n".join(f"{title}, means:\n\n{mean_table(metrics[name], TITLES)}\n" for name, title in titles.items())


def pages(repository: Path) -> Iterator[tuple[Path, str]]:
    """Each page that shows results, and what stands in it between its two comments, see `renewed`."""
    pretrained = pretrained_table(repository)
    yield repository / "README.md", pretrained
    worse = f"On pictures that are noisy or compressed (see [Training](training.md)):\n\n{worse_table(repository)}"
    yield repository / "docs/results.md", f"{pretrained}\n{worse}"
    yield repository / "pretrained/README.md", card_tables(repository)


def renewed(page: Path, block: str) -> str:
    """The text of a page with a block in the place of the present one.

    Raises:
        UserError: the page does not have the two comments around it.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        missing = END if begin else BEGIN.strip()
        raise UserError(f"{page}: there is no place for the results; put the line {missing} where it belongs")
    return f"{before}{begin}{block}{end}{after}"


if __name__ == "__main__":
    try:
        texts = {page: renewed(page, block) for page, block in pages(REPOSITORY)}
    except UserError as error:
        sys.exit(f"error: {error}")
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")
