"""Whether a registered network becomes the champion, and the comparison that decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlflow.entities.model_registry import ModelVersion

from srgan.evaluation.results import Means
from srgan.metrics.score import METRICS, printed
from srgan.params import Evaluate
from srgan.report.table import markdown
from srgan.tracking.naming import mlflow_name


def decision(
    champion: ModelVersion | None, candidate: Mapping[str, str], sets: Means, rule: Evaluate
) -> tuple[str, bool]:
    """What becomes of a version, in words, and whether the alias moves to it.

    Args:
        champion: the version that has the alias, if one has.
        candidate: tags of the new version.
        sets: its figures and bicubic's.
        rule: what makes a network the champion.
    """
    reason = fault(sets, rule)
    if reason is None and champion is not None:
        reason = refusal(champion.tags, candidate, list(sets), rule)
    if reason is None:
        replaced = f", in the place of version {champion.version}" if champion else ""
        return f"it is champion now{replaced}", True
    kept = f"version {champion.version} stays champion" if champion else "there is no champion yet"
    return f"{kept}: {reason}", False


def comparison(
    champion: ModelVersion | None, candidate: Mapping[str, str], sets: Sequence[str], rule: Evaluate, outcome: str
) -> str:
    """The figures that decide, of a version and of the champion at that time, as Markdown.

    Args:
        champion: the version that has the alias, if one has.
        candidate: tags of the new version.
        sets: what the new version was measured on.
        rule: the metric that decides.
        outcome: of `decision`.
    """
    said = f"{outcome[0].upper()}{outcome[1:]}."
    if champion is None:
        return said
    rows = [["", "this version", f"version {champion.version}"]]
    for benchmark in sets:
        for metric in dict.fromkeys((rule.champion_metric, "psnr_y", "mesh")):
            key = mlflow_name(f"{benchmark}/{metric}")
            figures = [printed(metric, float(tags[key])) if key in tags else "–" for tags in (candidate, champion.tags)]
            rows.append([f"{METRICS[metric].header}, {benchmark}", *figures])
    return f"{said}\n\n{markdown(rows, [':--', '--:', '--:'])}"


def fault(sets: Means, rule: Evaluate) -> str | None:
    """Why a network cannot be champion at all, or None: its PSNR-Y is too low, or its mesh too strong."""
    first = next(iter(sets))
    psnr_y = sets[first][rule.register]["psnr_y"]
    if psnr_y < rule.champion_psnr_y:
        return f"psnr_y on {first} is {psnr_y:.2f} dB, below evaluate.champion_psnr_y ({rule.champion_psnr_y:g})"
    for benchmark, models in sets.items():
        mesh, bicubic = models[rule.register]["mesh"], models["bicubic"]["mesh"]
        if mesh > bicubic + rule.champion_mesh:
            return (
                f"mesh on {benchmark} is {mesh:.2f} levels, more than bicubic's {bicubic:.2f} plus "
                f"evaluate.champion_mesh {rule.champion_mesh:g}"
            )
    return None


def refusal(
    champion: Mapping[str, str], candidate: Mapping[str, str], sets: Sequence[str], rule: Evaluate
) -> str | None:
    """Why a version does not replace the champion, or None if it is better on every set.

    Args:
        champion: tags of the present one.
        candidate: tags of the new one.
        sets: what the new one was measured on.
        rule: the metric that decides.
    """
    metric = rule.champion_metric
    if metric == "perceptual_distance" and champion.get("features_sha256") != candidate["features_sha256"]:
        return f"its {metric} was measured with other features than this version's (data.features)"
    for benchmark in sets:
        key = mlflow_name(f"{benchmark}/{metric}")
        if key not in champion:
            return f"it was not measured by {metric} on {benchmark}; move the alias by hand, or measure it there"
        if (before := champion.get(photographs_tag(benchmark))) != candidate[photographs_tag(benchmark)]:
            unlike = "are of other photographs than this version's" if before else "do not say of which photographs"
            return f"its figures on {benchmark} {unlike}; move the alias by hand, or measure it on these"
        new, old = float(candidate[key]), float(champion[key])
        if not (new < old if METRICS[metric].lower_is_better else new > old):
            return f"its {metric} on {benchmark} is {old:.4g} and this version's {new:.4g}"
    return None


def photographs_tag(benchmark: str) -> str:
    """The tag that says which photographs a set had."""
    return mlflow_name(f"{benchmark}/photographs")
