"""Put results/table.md into README.md: python -m tools.renew_readme."""

import re
from pathlib import Path

from srgan.report.table import readme_block

root = Path(__file__).resolve().parent.parent
readme = root / "README.md"
block = readme_block((root / "results/table.md").read_text(encoding="utf-8"))
pattern = r"(<!-- results:begin -->\n).*(<!-- results:end -->)"
text = re.sub(
    pattern, lambda match: f"{match[1]}{block}{match[2]}", readme.read_text(encoding="utf-8"), flags=re.DOTALL
)
readme.write_text(text, encoding="utf-8")
