"""Join the parts of an ``Explorer``; ``app.build`` hands in what the studio has."""

from __future__ import annotations

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.scoring import Scorer
from memeclip_core.annotation.queue.browser import Browser
from memeclip_core.annotation.review.corrections import BulkCorrector
from memeclip_core.app.explore.colouring import Colourer
from memeclip_core.app.explore.contents import Library
from memeclip_core.app.explore.explorer import Explorer
from memeclip_core.app.explore.features import FeatureReader
from memeclip_core.app.explore.finder import Finder
from memeclip_core.app.explore.opinions import Opinions
from memeclip_core.app.explore.recipes import Recipes
from memeclip_core.app.explore.said import Said
from memeclip_core.app.explore.works import Works
from memeclip_core.database.engine import Database
from memeclip_core.database.jobs import Jobs
from memeclip_core.inference.reading import Reader
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.storage.arrays import ArrayStore
from memeclip_core.storage.home import Home


def join_explorer(
    *,
    people: People,
    reader: Reader,
    scorer: Scorer,
    catalogue: Catalogue,
    home: Home,
    database: Database,
    library: Library,
    predictions: ProjectPredictions,
    corrector: BulkCorrector,
    browser: Browser,
) -> Explorer:
    """Return an explorer of the library's collections."""
    said = Said(
        database=database, predictions=predictions, sessions=corrector.sessions, people=people
    )
    engines, limits = scorer.engines, scorer.limits
    opinions = Opinions(scorer=scorer, catalogue=catalogue)
    works = Works(
        library=library,
        store=ArrayStore(home),
        jobs=Jobs(database, ["explore"], place="" if database.embedded else home.find_place()),
        recipes=Recipes(
            library=library,
            reader=FeatureReader(
                library=library, engines=engines, cache=scorer.cache, limits=limits
            ),
            opinions=opinions,
            said=said,
            limits=limits,
        ),
    )
    return Explorer(
        people=people,
        library=library,
        works=works,
        said=said,
        opinions=opinions,
        colourer=Colourer(said=said, opinions=opinions, people=people),
        corrector=corrector,
        finder=Finder(engines=engines, reader=reader),
        database=database,
        preview=browser.preview,
    )
