"""Settings of several sections that have to fit: crops that are large enough for what looks at them."""

import pytest
import yaml

from srgan.degradation import degrade, jpeg
from srgan.errors import UserError
from srgan.losses import spectrum
from srgan.params import load_params, whole


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


def test_the_least_crops_follow_from_what_wants_them():
    assert (whole.DEGRADATION_MARGIN, whole.JPEG_BLOCK) == (degrade.MARGIN, jpeg.BLOCK)
    assert whole.SPECTRUM_SIDE == 2 * (spectrum.NEIGHBOURS - 1)  # of real numbers' frequencies half are kept, and one
