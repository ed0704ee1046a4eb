"""A corrector alone with its log, and entries for it: quick to import in another process."""

from dataclasses import replace

from memeclip_core.annotation.decisions.corrector import Corrector, Entry
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.config import ROOT
from memeclip_core.database.engine import Database
from memeclip_core.storage.images import ImageStore
from memeclip_core.storage.task_files import read_named_task_set

TASKS = read_named_task_set("pridemm", ROOT / "assets")
NO_HATE = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


def make_corrector(home):
    log = DecisionLog(database=Database.of_home(home.root), home=home)
    return Corrector(log=log, images=ImageStore(home), reader=None)


def entry(**changes):
    made = Entry(save="save-0001", action="label", meme="ab" * 32, labels=NO_HATE, project="p")
    return replace(made, **changes)
