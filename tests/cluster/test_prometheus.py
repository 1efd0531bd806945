"""cluster/prometheus.yaml and alerts.yaml: what they scrape and warn of is there."""

import argparse
import re

import yaml

from srgan.commands import serve
from srgan.data.appearance import FIGURES, summary
from srgan.serving.figures import Figures


def read(repository, name):
    return yaml.safe_load((repository / "cluster" / name).read_text())


def test_every_figure_of_an_alert_is_one_of_the_server_s(repository):
    figures = Figures({"network": "gan"}, summary([dict.fromkeys(FIGURES, 1.0)]), places=8)
    figures.enlarged(1.0, 1, [dict.fromkeys(FIGURES, 1.0)])
    figures.requests.labels(status="503").inc()
    there = set(re.findall(r"^(\w+)", figures.text().decode(), re.MULTILINE))
    (group,) = read(repository, "alerts.yaml")["groups"]
    for rule in group["rules"]:
        wanted = set(re.findall(r"\bsrgan_\w+", rule["expr"]))
        assert wanted, rule
        assert wanted <= there, rule


def test_it_scrapes_where_the_server_is_by_default(repository):
    settings = read(repository, "prometheus.yaml")
    (job,) = settings["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8080"]}]
    assert settings["rule_files"] == ["alerts.yaml"]
    parser = argparse.ArgumentParser()
    serve.add(parser)
    assert parser.get_default("port") == 8080
