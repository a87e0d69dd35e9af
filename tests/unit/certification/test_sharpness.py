"""Sharpness: of every size compared at one, and nothing where there is nothing to see."""

import pytest
from PIL import Image

from backend.certification.images import sharpness


@pytest.mark.parametrize(("size", "seen"), [((2, 50), False), ((50, 2), False), ((3, 50), True), ((50, 3), True), ((1, 1), False)])
def test_a_strip_under_three_pixels_shows_nothing(size, seen):
    assert (sharpness(Image.effect_noise(size, 60)) > 0) is seen


def test_an_even_surface_is_not_sharp_and_noise_is():
    assert sharpness(Image.new("RGB", (64, 64), "green")) == 0
    assert sharpness(Image.effect_noise((64, 64), 80)) > 0.9


def test_fine_detail_that_is_lost_at_the_common_size_does_not_count():
    fine = Image.effect_noise((4096, 64), 60)
    assert sharpness(fine) < sharpness(fine.crop((0, 0, 1024, 64)))


def test_it_has_two_decimals():
    value = sharpness(Image.effect_noise((64, 64), 9))
    assert value == round(value, 2)
