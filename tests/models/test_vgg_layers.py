"""VGG's table against Keras' networks."""

import keras
import pytest

from srgan.models.vgg_layers import kernel_shapes, layer_of


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_the_table_is_keras_own_network(network):
    model = getattr(keras.applications, network.upper())(include_top=False, weights=None)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert kernel_shapes(network) == {layer.name: tuple(layer.kernel.shape) for layer in convolutions}
    assert list(kernel_shapes(network)) == [layer.name for layer in convolutions]


@pytest.mark.parametrize(
    ("content", "layer"),
    [("vgg22", "block2_conv2"), ("vgg54", "block5_conv4"), ("vgg11", "block1_conv1"), ("vgg34", "block3_conv4")],
)
def test_layers_are_named_as_in_the_paper(content, layer):
    assert layer_of(content) == layer


@pytest.mark.parametrize("content", ["vgg23", "vgg64", "vgg", "mse", "vgg222"])
def test_a_layer_that_vgg19_does_not_have(content):
    with pytest.raises(ValueError, match="names no convolution of VGG19"):
        layer_of(content)
