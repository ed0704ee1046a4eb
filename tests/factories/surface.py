"""Everything that can be asked of the page, with who may; see tests/ui/test_surface.py."""

from __future__ import annotations

from memeclip_core.records.decision import Role

ROUTES = """
GET /: signed in
GET /assets/{path:path}: anybody
GET /config: signed in
GET /config/: closed
GET /favicon.ico: anybody
POST /gradio_api/api/{api_name}: closed
POST /gradio_api/api/{api_name}/: closed
GET /gradio_api/app_id: signed in
GET /gradio_api/app_id/: closed
POST /gradio_api/call/v2/{api_name}: signed in
POST /gradio_api/call/v2/{api_name}/: signed in
GET /gradio_api/call/v2/{api_name}/{event_id}: signed in
POST /gradio_api/call/{api_name}: signed in
POST /gradio_api/call/{api_name}/: signed in
GET /gradio_api/call/{api_name}/{event_id}: signed in
POST /gradio_api/cancel: signed in
POST /gradio_api/component_server: closed
POST /gradio_api/component_server/: closed
GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}: closed
GET /gradio_api/deep_link: closed
GET /gradio_api/dev/reload: closed
GET /gradio_api/file/{path:path}: closed
GET /gradio_api/file={path_or_url:path}: signed in
GET /gradio_api/heartbeat/{session_hash}: signed in
GET /gradio_api/info: signed in
GET /gradio_api/info/: closed
GET /gradio_api/login_check: signed in
GET /gradio_api/login_check/: closed
GET /gradio_api/openapi.json: closed
POST /gradio_api/process_recording: closed
GET /gradio_api/proxy={url_path:path}: closed
GET /gradio_api/queue/data: signed in
POST /gradio_api/queue/join: signed in
GET /gradio_api/queue/status: closed
POST /gradio_api/reset: signed in
POST /gradio_api/reset/: closed
GET /gradio_api/run-history/buckets: closed
POST /gradio_api/run-history/connect: closed
GET /gradio_api/run-history/records: closed
GET /gradio_api/run-history/records/{endpoint}/{record_id}/assets/{asset_id}: closed
POST /gradio_api/run/{api_name}: closed
POST /gradio_api/run/{api_name}/: closed
GET /gradio_api/runs: closed
GET /gradio_api/runs/: closed
GET /gradio_api/startup-events: anybody
POST /gradio_api/stream/{event_id}: closed
POST /gradio_api/stream/{event_id}/close: closed
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file: closed
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8: closed
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}: closed
GET /gradio_api/theme.css: anybody
GET /gradio_api/token: closed
GET /gradio_api/token/: closed
POST /gradio_api/undo-vibe-edit: closed
POST /gradio_api/undo-vibe-edit/: closed
POST /gradio_api/upload: signed in
GET /gradio_api/upload_progress: signed in
GET /gradio_api/user: closed
GET /gradio_api/user/: closed
GET /gradio_api/vibe-code: closed
POST /gradio_api/vibe-code: closed
GET /gradio_api/vibe-code/: closed
POST /gradio_api/vibe-code/: closed
POST /gradio_api/vibe-edit: closed
POST /gradio_api/vibe-edit/: closed
POST /gradio_api/vibe-starter-queries: closed
POST /gradio_api/vibe-starter-queries/: closed
GET /healthz: anybody
GET /login: anybody
POST /login: anybody
POST /login/: closed
GET /logout: anybody
POST /logout: anybody
GET /manifest.json: anybody
GET /monitoring: closed
GET /monitoring/summary: closed
GET /monitoring/{key}: closed
GET /openapi.json: closed
GET /pwa_icon: closed
GET /pwa_icon/{size}: closed
GET /robots.txt: anybody
GET /scripts/0/{name:path}: anybody
GET /static/{path:path}: anybody
GET /svelte/{path:path}: anybody
GET /theme.css: anybody
"""
"""Outside of the API, to whom ``api/gate.py`` opens them; most are Gradio's own."""

API: dict[str, Role] = {
    "POST /api/v1/batches": "visitor",
    "GET /api/v1/batches/{batch}": "visitor",
    "GET /api/v1/batches/{batch}/answers": "visitor",
    "GET /api/v1/batches/{batch}/file": "visitor",
    "GET /api/v1/batches/{batch}/pictures/{place}": "visitor",
    "POST /api/v1/batches/{batch}/resume": "visitor",
    "POST /api/v1/batches/{batch}/stop": "visitor",
    "GET /api/v1/projects/{project}/comments": "annotator",
    "GET /api/v1/projects/{project}/comments/counts": "annotator",
    "POST /api/v1/projects/{project}/comments/{thread}/resolve": "annotator",
    "GET /api/v1/projects/{project}/memes/{meme}/comments": "annotator",
    "POST /api/v1/projects/{project}/memes/{meme}/comments": "annotator",
    "POST /api/v1/comparisons": "annotator",
    "POST /api/v1/comparisons/file": "annotator",
    "POST /api/v1/explain/agreement": "visitor",
    "POST /api/v1/explain/change": "visitor",
    "POST /api/v1/explain/cost": "visitor",
    "POST /api/v1/explain/modalities": "visitor",
    "POST /api/v1/explain/neighbours": "visitor",
    "POST /api/v1/explain/picture": "visitor",
    "POST /api/v1/explain/rule": "visitor",
    "POST /api/v1/explain/scores": "visitor",
    "POST /api/v1/explain/vectors": "visitor",
    "POST /api/v1/explain/words": "visitor",
    "GET /api/v1/explore/collections": "visitor",
    "GET /api/v1/explore/{collection}": "annotator",
    "GET /api/v1/explore/{collection}/colours": "annotator",
    "POST /api/v1/explore/{collection}/corrections": "annotator",
    "POST /api/v1/explore/{collection}/corrections/preview": "annotator",
    "POST /api/v1/explore/{collection}/corrections/{save}/undo": "annotator",
    "GET /api/v1/explore/{collection}/duplicates": "annotator",
    "POST /api/v1/explore/{collection}/gallery": "annotator",
    "GET /api/v1/explore/{collection}/jobs/{job}": "annotator",
    "POST /api/v1/explore/{collection}/jobs/{job}/stop": "annotator",
    "GET /api/v1/explore/{collection}/map": "annotator",
    "GET /api/v1/explore/{collection}/memes/{meme}/picture": "annotator",
    "GET /api/v1/explore/{collection}/near_duplicates": "annotator",
    "POST /api/v1/explore/{collection}/queue": "annotator",
    "GET /api/v1/explore/{collection}/search": "annotator",
    "POST /api/v1/explore/{collection}/search": "annotator",
    "GET /api/v1/explore/{collection}/suspects": "reviewer",
    "GET /api/v1/health": "visitor",
    "GET /api/v1/me": "visitor",
    "POST /api/v1/me/password": "annotator",
    "GET /api/v1/me/tokens": "annotator",
    "POST /api/v1/me/tokens": "annotator",
    "POST /api/v1/me/tokens/revoke": "annotator",
    "GET /api/v1/models": "visitor",
    "GET /api/v1/models/active": "visitor",
    "GET /api/v1/openapi.json": "visitor",
    "POST /api/v1/predict": "visitor",
    "POST /api/v1/predict_batch": "visitor",
    "GET /api/v1/projects": "annotator",
    "GET /api/v1/projects/{project}": "annotator",
    "GET /api/v1/projects/{project}/qualification": "admin",
    "POST /api/v1/projects/{project}/qualification/pass": "admin",
    "POST /api/v1/projects/{project}/qualification/reset": "admin",
    "POST /api/v1/projects/{project}/assignments": "admin",
    "POST /api/v1/projects/{project}/assignments/remove": "admin",
    "GET /api/v1/projects/{project}/cases": "reviewer",
    "GET /api/v1/projects/{project}/cases/{meme}": "reviewer",
    "POST /api/v1/projects/{project}/cases/{meme}/adjudicate": "reviewer",
    "POST /api/v1/projects/{project}/cases/{meme}/resolve": "reviewer",
    "POST /api/v1/projects/{project}/cases/{meme}/send-back": "reviewer",
    "POST /api/v1/projects/{project}/decisions": "annotator",
    "POST /api/v1/projects/{project}/decisions/many": "annotator",
    "POST /api/v1/projects/{project}/drafts": "annotator",
    "POST /api/v1/projects/{project}/exports": "reviewer",
    "GET /api/v1/projects/{project}/changes": "admin",
    "GET /api/v1/projects/{project}/contents": "admin",
    "POST /api/v1/projects/{project}/remove": "admin",
    "POST /api/v1/projects/{project}/duplicate": "admin",
    "GET /api/v1/projects/{project}/facts": "annotator",
    "POST /api/v1/projects/demo": "admin",
    "POST /api/v1/projects/demo/remove": "admin",
    "POST /api/v1/projects/{project}/flags": "annotator",
    "GET /api/v1/projects/{project}/guidelines/{picture}": "annotator",
    "GET /api/v1/projects/{project}/jobs": "annotator",
    "GET /api/v1/projects/{project}/jobs/{job}": "annotator",
    "GET /api/v1/projects/{project}/jobs/{job}/file": "reviewer",
    "POST /api/v1/projects/{project}/jobs/{job}/stop": "reviewer",
    "GET /api/v1/projects/{project}/members": "admin",
    "POST /api/v1/projects/{project}/members": "admin",
    "POST /api/v1/projects/{project}/memes/browse": "annotator",
    "GET /api/v1/projects/{project}/memes/{meme}/history": "annotator",
    "GET /api/v1/projects/{project}/memes/{meme}/picture": "annotator",
    "POST /api/v1/projects/{project}/memes/{meme}/remove": "admin",
    "POST /api/v1/projects/{project}/memes/{meme}/restore": "admin",
    "POST /api/v1/projects/{project}/memes/{meme}/text": "admin",
    "GET /api/v1/projects/{project}/queue/counts": "annotator",
    "POST /api/v1/projects/{project}/queue/held": "annotator",
    "POST /api/v1/projects/{project}/queue/next": "annotator",
    "POST /api/v1/projects/{project}/queue/open": "annotator",
    "GET /api/v1/projects/{project}/queue/recent": "annotator",
    "POST /api/v1/projects/{project}/queue/release": "annotator",
    "POST /api/v1/projects/{project}/skips": "annotator",
    "POST /api/v1/projects/{project}/suggestions": "admin",
    "POST /api/v1/projects/{project}/suggestions/shown": "admin",
    "POST /api/v1/projects/{project}/undo": "annotator",
    "GET /api/v1/proposals": "reviewer",
    "POST /api/v1/proposals": "visitor",
    "POST /api/v1/proposals/remove": "admin",
    "POST /api/v1/proposals/{number}/accept": "reviewer",
    "GET /api/v1/proposals/{number}/picture": "reviewer",
    "POST /api/v1/proposals/{number}/reject": "reviewer",
    "POST /api/v1/proposals/{number}/undo": "reviewer",
    "GET /api/v1/retrainings": "visitor",
    "POST /api/v1/retrainings": "admin",
    "GET /api/v1/retrainings/{job}": "visitor",
    "POST /api/v1/retrainings/{job}/stop": "admin",
    "GET /api/v1/task-sets": "visitor",
    "GET /api/v1/webhooks": "admin",
    "POST /api/v1/webhooks": "admin",
    "GET /api/v1/webhooks/{number}/deliveries": "admin",
    "POST /api/v1/webhooks/{number}/remove": "admin",
    "POST /api/v1/webhooks/{number}/test": "admin",
}
"""The lowest role that gets an answer other than 403."""

_FILE = "a file of the page, of which one address has 512 requests open at most"
_QUEUE = "the page's queue says how many events of one caller may wait; see ui/admission.py"
FREE: dict[str, str] = {
    "GET /api/v1/health": "asks the database for one answer, in two threads of its own",
    "GET /healthz": "asks the database for one answer, in two threads of its own",
    "GET /api/v1/openapi.json": "made once, on the event loop",
    **dict.fromkeys(
        (
            "GET /api/v1/explore/{collection}/memes/{meme}/picture",
            "GET /api/v1/projects/{project}/memes/{meme}/picture",
        ),
        "a page of thumbnails asks for two hundred at once, in threads for pictures",
    ),
    "POST /login": "wrong passwords are counted by name and address; see Attempts",
    "GET /login": "made of nothing but the language",
    "GET /logout": "ends one's own sign-in",
    "POST /logout": "ends one's own sign-in",
    "POST /gradio_api/upload": "what lies there unread has a limit for each caller; see Uploads",
    "GET /gradio_api/upload_progress": "tells of one's own upload, a stream",
    "GET /gradio_api/heartbeat/{session_hash}": "a tab's stream, of which an address has 512",
    **dict.fromkeys(
        (
            "POST /gradio_api/call/v2/{api_name}",
            "POST /gradio_api/call/v2/{api_name}/",
            "GET /gradio_api/call/v2/{api_name}/{event_id}",
            "POST /gradio_api/call/{api_name}",
            "POST /gradio_api/call/{api_name}/",
            "GET /gradio_api/call/{api_name}/{event_id}",
            "POST /gradio_api/cancel",
            "GET /gradio_api/queue/data",
            "POST /gradio_api/queue/join",
            "POST /gradio_api/reset",
        ),
        _QUEUE,
    ),
    **dict.fromkeys(
        (
            "GET /",
            "GET /assets/{path:path}",
            "GET /config",
            "GET /favicon.ico",
            "GET /gradio_api/app_id",
            "GET /gradio_api/file={path_or_url:path}",
            "GET /gradio_api/info",
            "GET /gradio_api/login_check",
            "GET /gradio_api/startup-events",
            "GET /gradio_api/theme.css",
            "GET /manifest.json",
            "GET /robots.txt",
            "GET /scripts/0/{name:path}",
            "GET /static/{path:path}",
            "GET /svelte/{path:path}",
            "GET /theme.css",
        ),
        _FILE,
    ),
}
"""Routes that are open and spend no allowance of ``access/rate_limits.py``, each with what
bounds it instead. What works anything out, or reads what people decided, is none of them."""

EVENTS: dict[str, Role] = {
    "OnBatch.on_open": "visitor",
    "OnBatch.on_start": "visitor",
    "OnBatch.on_look": "visitor",
    "OnBatch.on_filter": "visitor",
    "OnBatch.on_back": "visitor",
    "OnBatch.on_forward": "visitor",
    "OnBatch.on_stop": "visitor",
    "OnBatch.on_resume": "visitor",
    "OnBatch.on_make": "admin",
    "OnReview.on_open": "reviewer",
    "OnReview.on_choose": "reviewer",
    "OnReview.on_agreement": "reviewer",
    "OnReview.on_quality": "reviewer",
    "OnReview.on_project": "reviewer",
    "OnReview.on_back": "reviewer",
    "OnReview.on_forward": "reviewer",
    "OnReview.on_done": "reviewer",
    "OnReview.on_pick": "reviewer",
    "OnVisitors.on_look": "reviewer",
    "OnVisitors.on_back": "reviewer",
    "OnVisitors.on_forward": "reviewer",
    "OnVisitors.on_done": "reviewer",
    "OnVisitors.on_remove": "admin",
    "OnDashboard.on_open": "annotator",
    "OnDashboard.on_project": "annotator",
    "OnDashboard.on_person": "annotator",
    "OnProjects.on_open": "annotator",
    "OnProjects.on_pick": "annotator",
    "OnProjects.on_tick": "annotator",
    "OnProjects.on_create": "admin",
    "OnProjects.on_duplicate": "admin",
    "OnDeletion.on_export": "reviewer",
    "OnDeletion.on_delete": "admin",
    "OnDeletion.on_save": "admin",
    "OnDeletion.on_saved": "admin",
    "OnProjects.on_import": "admin",
    "OnProjects.on_stop": "admin",
    "OnProjects.on_resume": "admin",
    "OnProjects.on_compute": "admin",
    "OnProjects.on_change": "admin",
    "show_guidelines": "visitor",
    "OnProjects.on_illustrate": "admin",
    "OnProjects.on_outline": "annotator",
    "OnSuggesting.on_bring_in": "admin",
    "OnSuggesting.on_show": "admin",
    "OnProjects.on_write": "admin",
    "OnTeam.on_add": "admin",
    "OnTeam.on_remove": "admin",
    "OnTeam.on_assign": "admin",
    "OnTeam.on_unassign": "admin",
    "OnTeam.on_let_pass": "admin",
    "OnTeam.on_reset": "admin",
    "OnProjects.on_preview": "admin",
    "OnProjects.on_edit": "annotator",
    "OnProjects.on_migrate": "admin",
    "OnAmendments.on_find": "admin",
    "OnAmendments.on_correct": "admin",
    "OnAmendments.on_remove": "admin",
    "OnAmendments.on_restore": "admin",
    "OnExporting.on_export": "reviewer",
    "OnExporting.on_download": "reviewer",
    "OnOpen.on_files": "visitor",
    "OnOpen.on_sample": "visitor",
    "OnOpen.on_pick": "visitor",
    "OnOpen.on_close": "visitor",
    "OnOpen.on_back": "visitor",
    "OnOpen.on_forward": "visitor",
    "OnOpen.on_reopen": "visitor",
    "OnAnalyse.on_read": "visitor",
    "OnOpen.on_ahead": "visitor",
    "OnAnalyse.on_text": "visitor",
    "OnAnalyse.on_reread": "visitor",
    "OnAnalyse.on_ask": "visitor",
    "OnWhy.on_why": "visitor",
    "OnWhy.on_class": "visitor",
    "OnWhy.on_costs": "visitor",
    "OnWhy.on_begin": "visitor",
    "OnWhy.on_cancel": "visitor",
    "OnWhy.on_again": "visitor",
    "OnWhy.on_explain": "visitor",
    "OnWhy.on_paint": "visitor",
    "OnWhy.on_other": "visitor",
    "OnWhy.on_copy": "visitor",
    "OnWhy.on_vectors": "visitor",
    "OnWhy.on_explained": "visitor",
    "OnCorrect.on_choice": "visitor",
    "OnCorrect.on_save": "annotator",
    "OnCorrect.on_suggest": "visitor",
    "OnCorrect.on_undo": "annotator",
    "OnCorrect.on_undone": "visitor",
    "OnModels.on_refresh": "visitor",
    "OnModels.on_tick": "visitor",
    "OnModels.on_retrain": "admin",
    "OnModels.on_cancel": "admin",
    "OnModels.on_discard": "admin",
    "OnModels.on_roll_back": "admin",
    "OnModels.on_push": "admin",
    "OnModels.on_promote": "admin",
    "OnModels.on_flip": "visitor",
    "OnModels.on_export": "reviewer",
    "OnModels.on_export_decisions": "reviewer",
    "OnCompare.on_open": "visitor",
    "OnCompare.on_rows": "visitor",
    "wire_compare.<locals>.<lambda>": "visitor",
    "OnCompare.on_compare": "visitor",
    "OnCompare.on_task": "visitor",
    "OnCompare.on_cell": "visitor",
    "OnCompare.on_behind": "visitor",
    "OnCompare.on_changed": "visitor",
    "OnCompare.on_report": "visitor",
    "OnCompare.on_try": "visitor",
    "OnPredict.on_predict": "visitor",
    "OnPredict.on_predict_batch": "visitor",
    "_wire_load.<locals>.on_account": "visitor",
    "_wire_load.<locals>.on_load": "visitor",
    "_wire_pages.<locals>.on_pages": "visitor",
}
"""The lowest role for which an event's handler does what it is for."""
