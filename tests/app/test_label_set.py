"""Label sets as they are written into the page."""

import pytest

from memeclip_core.app.label_set import WrittenLabels
from memeclip_core.errors import ConfigError, TaskFileError
from tests.factories.workbench import shipped_tasks


def test_what_is_written_is_read_back():
    tasks = shipped_tasks("pridemm")
    assert WrittenLabels.of(tasks).read() == (tasks, {})


def test_labels_lead_somewhere_a_line_each():
    written = WrittenLabels(
        labels=WrittenLabels.of(shipped_tasks("pridemm")).labels,
        moves="stance: Oppose -> Against\n\nhate: Hate ->\n",
    )
    assert written.read()[1] == {"stance": {"Oppose": "Against"}, "hate": {"Hate": None}}


def test_a_mistake_is_named():
    with pytest.raises(TaskFileError, match="the label set"):
        WrittenLabels(labels="key: [").read()
    with pytest.raises(ConfigError, match="Oppose"):
        WrittenLabels(
            labels=WrittenLabels.of(shipped_tasks("pridemm")).labels, moves="stance Oppose"
        ).read()
