import dataclasses
import functools
import json

import pytest

from lfes_core.config import Config, FacialConfig, SynthesizerConfig, preset
from lfes_core.errors import UserError

PRESETS = ("paper", "book", "tiny")


@pytest.mark.parametrize("name", PRESETS)
def test_a_configuration_survives_json(name: str) -> None:
    config = preset(name)
    again = Config.from_json(json.loads(json.dumps(config.to_json())))
    assert again == config
    assert hash(again) == hash(config)
    assert again.preset == name


def test_the_paper_preset_holds_the_numbers_of_section_3_2_and_the_literal_readings() -> None:
    config = preset("paper")
    losses = config.losses
    assert (losses.adversarial, losses.identity, losses.reconstruction) == (1.0, 5.0, 0.005)
    assert (config.matching.learning_rate, config.adversarial.learning_rate) == (1e-5, 2e-4)
    assert config.networks.visual.input_size == 299
    assert set(config.networks.synthesizer.level_1) == {512}
    assert (config.networks.synthesizer.level_2, config.networks.synthesizer.level_3) == (512, 512)
    assert losses.reconstruction_reduction == "sum"


@pytest.mark.parametrize(("name", "kl", "expression"), [("paper", 0, False), ("book", 1, True), ("tiny", 0, True)])
def test_presets_differ_in_their_readings_and_have_our_extensions_off(name: str, kl: float, expression: bool) -> None:
    settings = preset(name).flat()
    assert (settings["losses.kl"], settings["losses.expression_adversarial"]) == (kl, expression)
    assert settings["networks.language.input"] == "sentence"
    for off in (
        "networks.synthesizer.moves",
        "losses.flow",
        "losses.occlusion",
        "losses.mismatched_sentences",
        "losses.reconstruction_moved",
    ):
        assert not settings[off]
    for off in ("decay", "mirror", "condition_dropout", "photographic"):
        assert not settings[f"adversarial.{off}"]


def test_settings_are_changed_by_dotted_keys_in_a_copy() -> None:
    config = preset("tiny")
    changes = {"losses.kl": 2, "networks.synthesizer.attention": False, "adversarial.betas": [0.0, 0.9], "seed": 7}
    changed = config.overridden(changes)
    assert (changed.losses.kl, changed.seed, changed.adversarial.betas) == (2.0, 7, (0.0, 0.9))
    assert not changed.networks.synthesizer.attention
    assert isinstance(changed.losses.kl, float)
    assert config == preset("tiny")
    assert {key for key, value in changed.flat().items() if value != config.flat()[key]} == set(changes)


def test_a_configuration_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        preset("tiny").losses.kl = 3.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "message"),
    (
        ({"losses.kll": 0.0}, "did you mean 'losses.kl'"),
        ({"losses": {}}, "no setting is named 'losses'"),
        ({"losses.kl": "much"}, "losses.kl must be a number, not 'much'"),
        ({"losses.word_matching": 1}, "losses.word_matching must be true or false"),
        ({"seed": True}, "seed must be a whole number"),
        ({"adversarial.steps": 1.5}, "adversarial.steps must be a whole number"),
        ({"losses.reconstruction_reduction": "max"}, "must be one of sum, mean, not 'max'"),
        ({"adversarial.betas": [0.5]}, "adversarial.betas must be a list of 2 numbers"),
        ({"networks.facial.channels": [8, 512]}, "facial.channels needs 7 widths"),
        ({"networks.facial.channels": 8}, "networks.facial.channels must be a list of numbers"),
        ({"networks.facial.channels": [8, 8, 8, 8, 8, 8, 256]}, "networks.facial.channels must end with 512"),
        ({"networks.facial.channels": [0, 8, 8, 8, 8, 8, 512]}, "networks.facial.channels must lie in 1 ... 4096"),
        ({"networks.synthesizer.level_1": [8]}, "synthesizer.level_1 needs 6 widths"),
        (
            {"networks.discriminator.base": 99},
            "discriminator.base must not be more than networks.discriminator.maximum",
        ),
        *(
            ({f"{stage}.betas": [0.5, 1]}, f"{stage}.betas must lie in 0 ... 1")
            for stage in ("matching", "adversarial")
        ),
        ({"adversarial.betas": [0.5, float("nan")]}, "adversarial.betas must lie in"),
        ({"networks.language.input": "action_units"}, "add --set losses.language_visual=0"),
    ),
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as caught:
        preset("tiny").overridden(changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


NOT_BELOW = {  # the least value that makes sense; everything else is tried with every setting
    "seed": 0,
    "networks.language.embedding": 1,
    "networks.visual.input_size": 75,
    "networks.synthesizer.residual_blocks": 0,
    "matching.batch_size": 2,
    "matching.same_person": 1,
    "adversarial.batch_size": 1,
    "adversarial.steps": 0,
    "adversarial.log_interval": 1,
    "adversarial.grid_interval": 1,
    "adversarial.checkpoint_interval": 1,
    "adversarial.held_out_pairs": 1,
    "adversarial.ema_decay": 0,
    "losses.kl": 0,
}
NUMBERS = [key for key, value in preset("tiny").flat().items() if type(value) in (int, float)]


@pytest.mark.fault(
    "Command line", "a setting that is negative, NaN, endless, no number", "one line that names it and its range"
)
@pytest.mark.parametrize("value", (-1, float("nan"), float("inf"), 1e300, 2**70, "3", None, [1]))
@pytest.mark.parametrize("key", NUMBERS)
def test_no_number_may_be_negative_endless_or_of_another_kind(key: str, value: object) -> None:
    *path, last = key.split(".")
    section = functools.reduce(getattr, path, preset("tiny"))
    with pytest.raises(UserError, match=f"configuration: {key.replace('.', '[.]')} must") as caught:
        type(section).from_json({last: value})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize(("key", "least"), NOT_BELOW.items())
def test_a_setting_has_a_least_value(key: str, least: float) -> None:
    changes: dict[str, object] = {"adversarial.warmup": 0}
    assert preset("tiny").overridden(changes | {key: least}).flat()[key] == least
    with pytest.raises(UserError, match="must lie in"):
        preset("tiny").overridden({key: least - 1})


@pytest.mark.fault("Command line", "settings of 10,000 characters", "a message repeats at most 80 of them")
def test_a_message_repeats_no_more_than_a_line_of_the_input() -> None:
    for changes in ({"losses.kl": "x" * 10_000}, {"y" * 10_000: 1}, {"networks.facial.channels": [1] * 10_000}):
        with pytest.raises(UserError) as caught:
            preset("tiny").overridden(changes)
        assert len(str(caught.value)) < 250


def test_json_with_an_unknown_key_names_the_nearest_one() -> None:
    data = preset("book").to_json()
    data["networks"]["discriminator"]["bace"] = 3
    with pytest.raises(UserError, match=r"networks\.discriminator\.bace.*networks\.discriminator\.base"):
        Config.from_json(data)


def test_json_without_a_key_takes_its_default_and_without_a_section_is_refused() -> None:
    assert Config.from_json({"preset": "paper"}) == preset("paper")
    with pytest.raises(UserError, match="losses must be a dictionary"):
        Config.from_json({"losses": 3})


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(UserError, match="'huge'; choose one of paper, book, tiny"):
        preset("huge")


def test_a_section_that_is_built_by_itself_is_checked_too() -> None:
    for build in (lambda: FacialConfig(channels=(8,) * 7), lambda: SynthesizerConfig(level_3=0)):
        with pytest.raises(UserError, match="configuration: "):
            build()
