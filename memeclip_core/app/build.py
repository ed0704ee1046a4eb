"""Build a ``Studio`` from settings: the one place where its parts meet."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, get_args

from memeclip_core.access.keys import Keys
from memeclip_core.access.people import People
from memeclip_core.access.users import Users
from memeclip_core.access.users_file import read_users
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.saving import Saver
from memeclip_core.annotation.exchange.exports import Exporter, ProjectExports
from memeclip_core.annotation.exchange.imports import Importer
from memeclip_core.annotation.loop import Loop
from memeclip_core.annotation.projects.brought_in import Suggesters
from memeclip_core.annotation.projects.deletions import Deletions
from memeclip_core.annotation.projects.demo import Demo
from memeclip_core.annotation.projects.illustrations import Illustrations
from memeclip_core.annotation.projects.migration import Migrator
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.project_files import take_over_projects
from memeclip_core.annotation.projects.projects import Projects
from memeclip_core.annotation.projects.scoring import Scorer
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.assignment import Assigner
from memeclip_core.annotation.queue.browser import Browser
from memeclip_core.annotation.queue.orderings import Orderings
from memeclip_core.annotation.queue.queue import LabelQueue
from memeclip_core.annotation.queue.session import Sessions
from memeclip_core.annotation.review.comments import Comments
from memeclip_core.annotation.review.corrections import BulkCorrector
from memeclip_core.annotation.review.proposals import Proposals
from memeclip_core.annotation.review.reviews import Reviews
from memeclip_core.annotation.team.team import Team
from memeclip_core.app.accounts import Accounts
from memeclip_core.app.assets import read_demo
from memeclip_core.app.backup import Backup, open_snapshot
from memeclip_core.app.batches import Batches
from memeclip_core.app.comparisons import Comparisons
from memeclip_core.app.explain.explainer import Explainer
from memeclip_core.app.explore.contents import Library
from memeclip_core.app.explore.joining import join_explorer
from memeclip_core.app.label_set import find_task_set, read_task_sets
from memeclip_core.app.people import open_database, take_in_people
from memeclip_core.app.status import read_health
from memeclip_core.app.studio import Studio
from memeclip_core.app.upload_folder import UploadFolder
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.database.jobs import Jobs
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.registry import resolve_device
from memeclip_core.errors import StoreError
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.inference.batch import BatchPredictor
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.predictor import Predictor
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.retraining import Retrainer
from memeclip_core.models.training_memes import TrainingMemes
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.job import JobKind
from memeclip_core.storage.backup import HubRepository, is_lasting
from memeclip_core.storage.batches import BatchFolders
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import open_images
from memeclip_core.storage.old_home import read_old_jobs
from memeclip_core.tasks import find_offered
from memeclip_core.training.retrain import RetrainConfig
from memeclip_core.webhooks.webhooks import Webhooks

if TYPE_CHECKING:
    from memeclip_core.ocr.base import OcrEngine

_log = logging.getLogger("memeclip")


def build_studio(settings: Settings, *, reads_apart: bool = False) -> Studio:
    """Join the parts; read the task files, create the home, load nothing heavy.

    A home that cannot be written leaves a studio that predicts; saving then says why it cannot.

    Args:
        settings: what is built.
        reads_apart: whether texts are read in processes of their own, as a server and many memes
            need it.

    Raises:
        TaskFileError: if a task file does not hold together.
        ConfigError: if a task set does not exist, two have one key, or the home is on a network.
        StoreError: if the users file cannot be read, or the backup cannot be read back.
    """
    bench = Workbench(settings=settings)
    engines = Engines(
        encoder_name=settings.encoder,
        make_encoder=bench.open_encoder,
        make_ocr=lambda: _make_ocr(settings, apart=reads_apart),
        make_captioner=bench.open_captioner,
        at_once=settings.threads or os.cpu_count() or 1,
    )
    return join_studio(settings, engines, RetrainConfig())


def join_studio(settings: Settings, engines: Engines, retrain: RetrainConfig) -> Studio:
    """Join the parts around given engines; see ``build_studio``."""
    task_sets = read_task_sets(settings)
    home = _open_home(settings)
    database = open_database(settings)
    users = Users(database) if settings.asks_password else None
    people = People(
        users=users,
        loopback=settings.loopback,
        space=settings.space,
        hub_roles=dict(settings.roles) if settings.hub_sign_in else None,
    )
    keys = Keys(database, check=people.sign_in)
    backup = Backup(
        people=people,
        snapshot=open_snapshot(home),
        repository=HubRepository(settings.backup_to) if settings.backup_to else None,
        keeps=not settings.space or is_lasting(home.root),
    )
    # Before anything else looks at the home.
    backup.read_back()
    models = ModelStore(home, settings.checkpoints, database)
    _take_over(settings, home, database, users, models)
    images = open_images(home, settings.image_store)
    catalogue = Catalogue(store=models, engines=engines)
    limits = ImageLimits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)
    reader = Reader(engines=engines, limits=limits, database=database)
    cache = FeatureCache(home, max_bytes=settings.cache_bytes)
    encoder = MemeEncoder(engines=engines, cache=cache)
    predictor = Predictor(engines=engines, encoder=encoder)
    project_store = ProjectStore(home, database, partial(people.can, role="admin"))
    log = DecisionLog(database=database, home=home, project=project_store.find)
    project_predictions = ProjectPredictions(database)
    corrector = Corrector(
        log=log,
        images=images,
        reader=reader,
        project=project_store.find,
        filename=project_store.filename,
    )
    training = TrainingMemes(store=models, encoder=encoder, corrected=corrector.select_labelled)
    retrainer = Retrainer(
        jobs=Jobs(database, ["retrain"], alone=True),
        database=database,
        models=models,
        catalogue=catalogue,
        decisions=corrector,
        images=images,
        reader=reader,
        encoder=encoder,
        engines=engines,
        config=retrain,
        device=partial(resolve_device, settings.device),
    )
    find_tasks = partial(find_task_set, offered=task_sets, settings=settings)
    place = "" if database.embedded else home.find_place()
    project_jobs = Jobs(database, ["import", "export", "predict"], place=place)
    scorer = Scorer(engines=engines, cache=cache, limits=limits)
    precomputation = Precomputation(
        home=home,
        projects=project_store,
        predictions=project_predictions,
        images=images,
        scorer=scorer,
        catalogue=catalogue,
        jobs=project_jobs,
    )
    catalogue.listen(precomputation.on_model)
    exports = ProjectExports(home)
    deletions = Deletions(
        people=people, database=database, projects=project_store, exports=exports, images=images,
        log=log, jobs=project_jobs, place=place,
    )  # fmt: skip
    _open_log(log, deletions)
    projects = Projects(
        people=people,
        task_sets=find_tasks,
        store=project_store,
        predictions=project_predictions,
        exports=exports,
        importer=Importer(
            projects=project_store,
            images=images,
            reader=reader,
            engines=engines,
            precomputation=precomputation,
            limits=limits,
        ),
        exporter=Exporter(
            projects=project_store, exports=exports, images=images, database=database
        ),
        precomputation=precomputation,
        jobs=project_jobs,
        migrator=Migrator(store=project_store, log=log, task_sets=find_tasks),
        illustrations=Illustrations(home=home, store=project_store, reader=reader),
        deletions=deletions,
    )
    loop = Loop(
        people=people, retrainer=retrainer, catalogue=catalogue, corrector=corrector,
        projects=project_store, task_sets=find_tasks,
    )  # fmt: skip
    sessions = Sessions(database=database, projects=project_store)
    orderings = Orderings(
        database=database, projects=project_store, predictions=project_predictions
    )
    assigner = Assigner(people=people, sessions=sessions, orderings=orderings)
    browser = Browser(
        sessions=sessions,
        orderings=orderings,
        projects=project_store,
        images=images,
        reader=reader,
    )
    queue = LabelQueue(
        people=people,
        sessions=sessions,
        orderings=orderings,
        assigner=assigner,
        saver=Saver(
            sessions=sessions,
            assigner=assigner,
            corrector=corrector,
            on_saved=loop.saved,
            to_retraining=loop.to_retraining,
        ),
        browser=browser,
    )
    library = Library(
        database=database,
        projects=project_store,
        images=images,
        datasets=settings.datasets,
        task_sets=task_sets,
        task_set=find_tasks,
        max_bytes=settings.max_bytes,
    )
    return Studio(
        settings=settings,
        task_sets=task_sets,
        people=people,
        keys=keys,
        accounts=Accounts(people=people, users=users, keys=keys),
        reader=reader,
        predictor=predictor,
        batches=Batches(
            people=people,
            folders=BatchFolders(home),
            jobs=Jobs(database, ["batch"]),
            predictor=BatchPredictor(reader=reader, encoder=encoder, predictor=predictor),
            catalogue=catalogue,
            reader=reader,
            projects=projects,
            task_set=find_tasks,
        ),
        corrector=corrector,
        retrainer=retrainer,
        catalogue=catalogue,
        projects=projects,
        suggesters=Suggesters(
            people=people,
            projects=project_store,
            predictions=project_predictions,
            precomputation=precomputation,
        ),
        demo=Demo(
            people=people,
            projects=project_store,
            images=images,
            reader=reader,
            log=log,
            precomputation=precomputation,
            deletions=deletions,
            sessions=sessions,
            memes=partial(read_demo, settings.assets / "samples"),
            task_sets=task_sets,
        ),
        queue=queue,
        team=Team(people=people, sessions=sessions),
        loop=loop,
        comparisons=Comparisons(
            people=people,
            catalogue=catalogue,
            corrector=corrector,
            retrainer=retrainer,
            engines=engines,
            training=training,
            bench=Workbench(settings=settings),
            datasets=library.datasets,
            task_set=find_tasks,
            hidden=project_store.hidden,
        ),
        backup=backup,
        review=Reviews(
            people=people,
            sessions=sessions,
            projects=project_store,
            predictions=project_predictions,
            corrector=corrector,
            models=catalogue.models,
            on_saved=loop.saved,
        ),
        comments=Comments(people=people, sessions=sessions),
        proposals=Proposals(
            people=people,
            database=database,
            corrector=corrector,
            images=images,
            reader=reader,
            task_sets=task_sets,
            takes=settings.visitors_suggest,
        ),
        explain=Explainer(
            task_set=partial(find_offered, task_sets),
            people=people,
            reader=reader,
            encoder=encoder,
            predictor=predictor,
            catalogue=catalogue,
            corrector=corrector,
            training=training,
            hidden=project_store.hidden,
        ),
        health=partial(read_health, database=database, predictor=predictor, backup=backup),
        explore=join_explorer(
            people=people,
            reader=reader,
            scorer=scorer,
            catalogue=catalogue,
            home=home,
            database=database,
            library=library,
            predictions=project_predictions,
            corrector=BulkCorrector(
                sessions=sessions, corrector=corrector, people=people, on_saved=loop.saved
            ),
            browser=browser,
        ),
        uploads=UploadFolder(),
        webhooks=Webhooks(people=people, database=database),
    )


def _open_home(settings: Settings) -> Home:
    home = Home(settings.home.resolve())
    if not settings.database_url:
        home.check_disk()
    try:
        return home.create()
    except StoreError as error:
        _log.warning("nothing can be saved: %s", error)
        return home


def _take_over(
    settings: Settings, home: Home, database: Database, users: Users | None, models: ModelStore
) -> None:
    """Take into the database what an earlier release, or a users file, kept elsewhere."""
    if settings.auth is not None:
        # A file that cannot be read is named at the start rather than at the first sign-in.
        read_users(settings.auth)
    try:
        take_over_projects(home, database)
        if users is not None:
            take_in_people(settings, users)
        Jobs(database, get_args(JobKind)).recover(read_old_jobs(home))
        models.take_over()
    except StoreError as error:
        _log.warning("%s", error)


def _open_log(log: DecisionLog, deletions: Deletions) -> None:
    """Take over an earlier release's decisions and clear after deletions while nobody waits."""
    try:
        log.join()
        deletions.complete()
    except StoreError as error:
        _log.warning("nothing can be saved: %s", error)


def _make_ocr(settings: Settings, *, apart: bool) -> OcrEngine:
    from memeclip_core.ocr.registry import build_ocr
    from memeclip_core.ocr.worker import OcrWorkers

    make = OcrWorkers if apart and settings.ocr != "none" else build_ocr
    return make(settings.ocr, languages=settings.ocr_languages)
