"""params.yaml: the three files agree, and a mistake is one clear sentence."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from srgan.degradation import degrade, jpeg
from srgan.errors import UserError
from srgan.losses import spectrum
from srgan.params import Params, load_params, parse_params, whole
from srgan.params.presets import compose
from srgan.params.read import read_yaml

PRESETS = ("sample", "original", "paper", "perceptual", "photo", "real_esrgan", "srresnet")


@pytest.fixture
def edited(tmp_path, repository):
    """A function that writes params.yaml with one key changed, by its dotted name, and reads it."""

    def edit(key, value):
        raw = yaml.safe_load((repository / "params.yaml").read_text())
        section, *parents = raw, *key.split(".")[:-1]
        for parent in parents:
            section = section[parent]
        section[key.split(".")[-1]] = value
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(raw))
        return load_params(path)

    return edit


def keys(section, prefix=""):
    for key, value in section.items():
        yield prefix + key
        if isinstance(value, dict) and prefix + key != "features.layers":  # whose keys are of the network
            yield from keys(value, f"{prefix}{key}.")


@pytest.fixture
def preset(repository):
    """A function that reads the settings of a preset."""
    return lambda name: parse_params(compose(repository / "params", name), Path(f"params/{name}.yaml"))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_complete_and_valid(repository, preset, name):
    preset(name)
    raw = yaml.safe_load(compose(repository / "params", name))
    sample = yaml.safe_load((repository / "params/sample.yaml").read_text())
    assert list(keys(raw)) == list(keys(sample))


def test_params_yaml_comes_with_the_settings_of_the_sample(repository):
    assert (repository / "params.yaml").read_text() == (repository / "params/sample.yaml").read_text()


def test_every_setting_of_the_sample_has_a_comment_that_says_what_it_does(repository):
    explained = set()
    for line in (repository / "params.yaml").read_text().splitlines():
        setting, _, comment = line.partition("#")
        if setting.startswith("  ") and not setting.startswith("    ") and setting.strip():
            key = setting.strip().partition(":")[0]
            assert comment.strip() or key in explained, f"{line!r} has no comment"
            explained.add(key)


def test_the_paper_s_settings(preset):
    """Ledig et al. 2017, section 3.2; Arjovsky et al. 2017, Algorithm 1 and the authors' code."""
    paper = preset("paper")
    assert (paper.generator.blocks, paper.generator.filters, paper.generator.skip) == (16, 64, "none")
    assert (paper.discriminator.filters, paper.discriminator.units, paper.discriminator.head) == (64, 1024, "dense")
    assert (paper.pretrain.iterations, paper.pretrain.lr, paper.pretrain.batch_size) == (1_000_000, 1e-4, 16)
    for stage in (paper.gan, paper.vgg):
        assert (stage.iterations, stage.lr, stage.lr_schedule) == (200_000, 1e-4, "steps")
        assert (stage.lr_drop_at, stage.lr_drop_factor, stage.beta_1) == ([0.5], 0.1, 0.9)
        assert (stage.adversarial_weight, stage.weighting, stage.game) == (1e-3, "fixed", "standard")
        assert (stage.real_label, stage.fake_label) == (1.0, 0.0)
        assert (stage.discriminator_lr, stage.discriminator_warmup, stage.shift) == (stage.lr, 0, 0)
        assert (stage.init, stage.crop) == ("pretrain", 96)
    for stage in (paper.pretrain, paper.gan, paper.vgg, paper.wgan):
        assert (stage.population_from, stage.ema, stage.pixel_weight) == (1.0, 0.0, 0.0)
        assert (stage.grid_weight, stage.consistency_weight) == (0.0, 0.0)
        assert (stage.halo_weight, stage.spectrum_weight) == (0.0, 0.0)
    assert paper.discriminator.network == "srgan"
    assert paper.vgg.content == "vgg54"
    assert (paper.wgan.n_critic, paper.wgan.clip, paper.wgan.lr, paper.wgan.optimizer) == (5, 0.01, 5e-5, "rmsprop")
    assert (paper.wgan.warmup_critic, paper.wgan.warmup_iterations, paper.wgan.warmup_every) == (100, 25, 500)


def test_the_original_s_settings(preset):
    original = preset("original")
    lengths = (original.pretrain.iterations, original.gan.iterations, original.vgg.iterations)
    assert lengths == (90_000, 70_000, 40_000)
    for stage in (original.pretrain, original.gan, original.vgg):
        assert (stage.lr, stage.batch_size) == (1e-4, 8)
    assert (original.gan.real_label, original.gan.fake_label) == (0.9, 0.1)
    assert (original.wgan.lr, original.wgan.optimizer) == (5e-6, "rmsprop")


def test_what_dvc_writes_for_a_small_number_is_a_number(edited):
    """`dvc exp run -S gan.lr=5e-6` writes 5e-06, which YAML 1.1 reads as a string."""
    assert read_yaml("lr: 5e-06") == {"lr": 5e-6}
    assert edited("gan.lr", "5e-06").gan.lr == 5e-6


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("gan.lr", "fast", "gan.lr is 'fast'; it must be a number"),
        ("gan.lr", None, "gan.lr has no value; it must be a number"),
        ("gan.lr", -1, "gan.lr is -1; it must be greater than 0"),
        ("gan.lr", True, "gan.lr is True; it must be a number"),
        ("gan.lr", float("nan"), "gan.lr is nan; it must be a finite number"),
        ("gan.learning_rate", 1, "gan.learning_rate is not a setting"),
        ("gan.lrr", 1, "gan.lrr is not a setting; did you mean gan.lr?"),
        ("gann", {}, "gann is not a setting; did you mean gan?"),
        ("gan", 3, "gan is 3; it must be a section with settings"),
        ("scale", 5, "scale is 5; it must be 2, 3, 4 or 8"),
        ("vgg.content", "vgg27", "vgg.content is 'vgg27'; allowed: mse, l1, features, or vgg22, vgg54"),
        ("gan.fake_label", 0.95, "gan: fake_label must be below real_label (0.9)"),
        (
            "wgan.norm",
            "batch",
            "wgan: constraint gradient_penalty needs norm layer, spectral or none, not batch",
        ),
        ("patches.workers", 0, "patches.workers is 0; allowed: -1, which is one per core, or at least 1"),
        ("patches.workers", "all", "patches.workers is 'all'; it must be a whole number"),
        (
            "discriminator.norm",
            "foo",
            "discriminator.norm is 'foo'; it must be 'batch', 'virtual', 'layer', 'spectral' or",
        ),
        ("wgan.norm", "foo", "wgan.norm is 'foo'; it must be 'batch', 'virtual', 'layer', 'spectral' or 'none'"),
        ("pretrain.crop", 98, "pretrain.crop is 98; it must be a multiple of scale (4)"),
        ("pretrain.crop", 400, "pretrain.crop is 400; it must fit in patches.size (192)"),
        ("gan.crop", 100, "gan.crop is 100; with discriminator.head dense it must be a multiple of 16"),
        ("discriminator.network", "unet", "discriminator: network unet needs norm spectral or none"),
        ("discriminator.network", "projected", "discriminator: network projected needs norm spectral or none"),
        ("features.layers", {"block3_conv4": 1}, "layers names 'block3_conv4'; vgg16 has block1_conv1, block1_conv2"),
        ("features.layers", {"block1_conv1": 0}, "features: all weights of layers are 0, so nothing would be learned"),
        ("patches.shrink", [1, 2, 1], "patches.shrink is [1, 2, 1]; a factor stands twice, and would cut the same"),
        ("vgg.crop", 48, "vgg.crop is 48, and gan.crop 96: vgg goes on with gan's discriminator, which takes crops"),
        ("pretrain.content_weight", 0, "pretrain: all weights of losses are 0, so nothing would be learned; raise"),
        ("gan.init", "vgg", "gan.init is 'vgg'; allowed: pretrain | none | the folder of a network"),
        ("training.validate_every", 55, "training: validate_every must be a multiple of log_every (10)"),
        ("pretrain.iterations", 2.5, "pretrain.iterations is 2.5; it must be a whole number"),
        ("pretrain.iterations", None, "pretrain.iterations has no value; it must be a whole number"),
        ("data.benchmarks", [], "data.benchmarks is []; it must name at least 1"),
        ("data.train", 3, "data.train is 3; it must be a text"),
        ("limits.errors", ["leak"], "limits.errors.0 is 'leak'; it must be "),
        ("degradation.orders", True, "degradation.orders is True; it must be a number, not true or false"),
        ("degradation.last.jpeg", [True, 95], "degradation.last.jpeg.0 is True; it must be a number"),
        ("degradation.last.side", [7.5, 9], "degradation.last.side.0 is 7.5; it must be a whole number"),
        ("data.benchmarks", ["set5"], "training.validation is 'sample'; it must be one of data.benchmarks (set5)"),
    ],
)
def test_a_mistake_is_a_sentence_with_key_value_and_what_is_allowed(edited, key, value, sentence):
    with pytest.raises(UserError) as error:
        edited(key, value)
    assert sentence in str(error.value)
    assert "params.yaml" in str(error.value)


def test_consistency_wants_a_crop_in_which_an_lr_pixel_is_whole(tmp_path, repository):
    raw = yaml.safe_load((repository / "params.yaml").read_text())
    raw["gan"] |= {"crop": 16, "consistency_weight": 1.0}
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(UserError, match=r"gan\.crop is 16; with gan\.consistency_weight it must be at least 20"):
        load_params(path)


@pytest.mark.parametrize(
    ("stage", "changes", "sentence"),
    [
        ("vgg", {"crop": 8}, r"vgg\.crop is 8; for vgg\.content, with block5_conv3, it must be at least 16"),
        (
            "pretrain",
            {"crop": 4, "content": "vgg44"},
            "pretrain.crop is 4; .* with block4_conv4, it must be at least 8",
        ),
    ],
)
def test_features_want_a_crop_that_is_left_after_the_poolings(tmp_path, repository, stage, changes, sentence):
    raw = yaml.safe_load((repository / "params.yaml").read_text())
    raw["discriminator"] |= {"network": "unet", "norm": "none"}
    raw["wgan"]["norm"] = "none"
    raw[stage] |= changes
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(UserError, match=sentence):
        load_params(path)


def test_every_mistake_is_named_at_once(tmp_path, repository):
    raw = yaml.safe_load((repository / "params.yaml").read_text())
    raw["gan"]["lr"], raw["wgan"]["clip"] = 0, "x"
    del raw["seed"]
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(UserError, match=r"(?s)seed is missing.*gan\.lr is 0.*wgan\.clip is 'x'"):
        load_params(path)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            ("seed: 1 ", "seed: 1\nseed: 2 "),
            r"params\.yaml, line \d+: found duplicate key \"seed\"; remove one of them$",
        ),
        (("scale: 4 ", " scale: 4 "), r"params\.yaml, line \d+: not YAML \(.*\); check the indentation and the colons"),
        (("scale: 4 ", "scale 4 "), r"params\.yaml, line \d+: not YAML"),
        (
            ("train: sample ", "train: 2024-13-01 "),
            r"params\.yaml: not settings \(month must be .*; put .* into quotes$",
        ),
    ],
)
def test_a_slip_of_the_pen_is_a_sentence_with_its_line(tmp_path, repository, changed, sentence):
    text = (repository / "params.yaml").read_text()
    assert text.count(changed[0]) == 1
    (tmp_path / "params.yaml").write_text(text.replace(*changed))
    with pytest.raises(UserError, match=sentence):
        load_params(tmp_path / "params.yaml")


def test_on_and_off_are_words(tmp_path, repository):
    """They are true and false in YAML 1.1."""
    text = (repository / "params.yaml").read_text().replace("jit: auto", "jit: on")
    (tmp_path / "params.yaml").write_text(text)
    assert load_params(tmp_path / "params.yaml").training.jit == "on"


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "a: [", "\x00", "seed: !!python/object/apply:os.getcwd []\n"])
def test_what_is_no_params_file_is_a_sentence(tmp_path, content):
    path = tmp_path / "params.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match=r"params\.yaml"):
        load_params(path)


def test_no_file_says_where_to_run(tmp_path):
    with pytest.raises(UserError, match="no such file; run in the project's folder"):
        load_params(tmp_path / "params.yaml")


json = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)


@given(key=st.sampled_from(sorted(Params.model_fields)), value=json)
def test_any_value_anywhere_is_taken_or_refused_with_a_sentence(tmp_path_factory, key, value):
    raw = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    raw[key] = value
    path = tmp_path_factory.mktemp("params") / "params.yaml"
    path.write_text(yaml.safe_dump(raw))
    try:
        load_params(path)
    except UserError as error:
        assert key in str(error)  # noqa: PT017 - it may be taken as well


def test_the_layers_that_content_losses_compare(edited):
    assert edited("gan.content", "vgg54").layers_of("vgg19") == ["block5_conv4"]
    assert edited("gan.content", "mse").layers_of("vgg16") == [
        "block1_conv2",
        "block2_conv2",
        "block3_conv3",
        "block4_conv3",
        "block5_conv3",
    ]
    params = edited("features", {**edited("seed", 1).features.model_dump(), "network": "vgg19"})
    assert params.layers_of("vgg16") == []
    assert "block3_conv3" in params.layers_of("vgg19")


def test_a_stage_refuses_a_wrong_key_in_under_a_second(tmp_path, repository):
    (tmp_path / "params.yaml").write_text((repository / "params.yaml").read_text() + "sede: 1\n")
    seconds = []
    for _ in range(3):  # the machine may be busy with other tests: the best of three counts
        began = time.monotonic()
        stage = subprocess.run(
            [sys.executable, "-m", "stages.gan"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(repository), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds.append(time.monotonic() - began)
        assert stage.returncode == 1
        assert stage.stderr == "error: params.yaml: sede is not a setting; did you mean seed?\n"
    assert min(seconds) < 1.0


def test_the_degradation_s_settings(preset):
    """Wang et al. 2021, section 4.1, and the authors' options/train_realesrgan_x4plus.yml."""
    paper, off = preset("real_esrgan").degradation, preset("sample").degradation
    assert (paper.orders, off.orders) == (2, 0)
    assert paper.model_copy(update={"orders": 0}) == off
    first, last = paper.first, paper.last
    for order in (first, last):
        kinds = order.kernels
        assert kinds.sinc == 0.1
        assert kinds.isotropic + kinds.anisotropic == pytest.approx(0.9 * 0.7)
        assert kinds.generalised_isotropic + kinds.generalised_anisotropic == pytest.approx(0.9 * 0.15)
        assert kinds.plateau_isotropic + kinds.plateau_anisotropic == pytest.approx(0.9 * 0.15)
        assert (order.side, order.generalised, order.plateau) == ((7, 21), (0.5, 4), (1, 2))
        assert (order.gaussian, order.grey, order.jpeg) == (0.5, 0.4, (30, 95))
    assert (first.blur, first.sigma, first.noise, first.poisson) == (1, (0.2, 3), (1, 30), (0.05, 3))
    assert (last.blur, last.sigma, last.noise, last.poisson) == (0.8, (0.2, 1.5), (1, 25), (0.05, 2.5))
    assert (tuple(dict(first.resize).values()), first.factor) == ((0.2, 0.7, 0.1), (0.15, 1.5))
    assert (tuple(dict(last.resize).values()), last.factor) == ((0.3, 0.4, 0.3), (0.3, 1.2))
    assert paper.final_sinc == 0.8


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("degradation.orders", 3, r"degradation\.orders is 3; "),
        ("degradation.first.jpeg", [95, 30], r"degradation\.first\.jpeg is .*lower bound comes first"),
        ("degradation.first.jpeg", [0, 30], r"degradation\.first\.jpeg\.0 is 0; "),
        ("degradation.last.side", [8, 20], r"degradation\.last\.side is .*odd numbers of pixels"),
        ("degradation.last.side", [7, 23], r"degradation\.last\.side\.1 is 23; .*21"),
        ("degradation.last.sigma", [0, 1], r"degradation\.last\.sigma\.0 is 0; "),
        ("degradation.first.grey", 1.5, r"degradation\.first\.grey is 1\.5; "),
        ("degradation.first.kernels.sinc", -1, r"degradation\.first\.kernels\.sinc is -1; "),
        ("degradation.first.resize", {"up": 0, "down": 0, "keep": 0}, r"one of the weights must be more than 0"),
        ("degradation.first.factor", [0.1, 0.9], r"degradation\.first: factor .* above 1 for resize\.up"),
        ("degradation.interpolations", ["cubic"], r"degradation\.interpolations\.0 is 'cubic'; "),
    ],
)
def test_a_degradation_that_makes_no_sense(edited, key, value, message):
    with pytest.raises(UserError, match=message):
        edited(key, value)


def test_a_crop_with_too_few_frequencies_for_their_loss(tmp_path, repository):
    raw = yaml.safe_load((repository / "params.yaml").read_text())
    raw["pretrain"] |= {"crop": 12, "spectrum_weight": 1.0}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    assert load_params(tmp_path / "params.yaml").pretrain.crop == 12
    raw["pretrain"]["crop"] = 8
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    with pytest.raises(UserError, match=r"pretrain\.crop is 8; with pretrain\.spectrum_weight it must be at least 12"):
        load_params(tmp_path / "params.yaml")


def test_the_smallest_crop_with_a_consistency_weight(tmp_path, repository):
    raw = yaml.safe_load((repository / "params.yaml").read_text())
    raw["pretrain"] |= {"crop": 20, "consistency_weight": 1.0}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(raw))
    assert load_params(tmp_path / "params.yaml").pretrain.crop == 20


def test_a_folder_s_set_has_its_name_and_its_steps(edited):
    """A slash at the end, as shells complete it, is no part of a name."""
    folders = ["sample", "../Set5", "../Set5/", "../Set5/+jpeg60", "../Set5+jpeg60", "set5+noise10+jpeg75", "../+mine"]
    names = ["sample", "Set5", "Set5", "Set5+jpeg60", "Set5+jpeg60", "set5+noise10+jpeg75", "+mine"]
    assert edited("data.benchmarks", folders).data.benchmark_names == names


def test_the_least_crops_follow_from_what_wants_them():
    assert (whole.DEGRADATION_MARGIN, whole.JPEG_BLOCK) == (degrade.MARGIN, jpeg.BLOCK)
    assert whole.SPECTRUM_SIDE == 2 * (spectrum.NEIGHBOURS - 1)  # of real numbers' frequencies half are kept, and one
