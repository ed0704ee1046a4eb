CREATE TABLE active_model (
	task_set TEXT NOT NULL,
	version TEXT NOT NULL,
	CONSTRAINT pk_active_model PRIMARY KEY (task_set)
);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE answer (
	project TEXT NOT NULL,
	task_set TEXT NOT NULL,
	meme TEXT NOT NULL,
	task TEXT NOT NULL,
	labels TEXT,
	status TEXT NOT NULL,
	dispute FLOAT,
	CONSTRAINT pk_answer PRIMARY KEY (project, task_set, meme, task)
);
CREATE TABLE assignment (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	meme TEXT NOT NULL,
	CONSTRAINT pk_assignment PRIMARY KEY (project, person, meme)
);
CREATE TABLE bookmark (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	ranking INTEGER NOT NULL,
	place INTEGER NOT NULL,
	CONSTRAINT pk_bookmark PRIMARY KEY (project, person, ranking)
);
CREATE TABLE comment (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	event TEXT NOT NULL,
	project TEXT NOT NULL,
	meme TEXT NOT NULL,
	thread INTEGER NOT NULL,
	time BIGINT NOT NULL,
	person TEXT NOT NULL,
	reviewer BOOLEAN DEFAULT 0 NOT NULL,
	text TEXT NOT NULL,
	resolved_by TEXT DEFAULT '' NOT NULL,
	CONSTRAINT uq_comment_event UNIQUE (event)
);
CREATE TABLE dealt (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	"query" TEXT NOT NULL,
	meme TEXT NOT NULL,
	until FLOAT NOT NULL,
	CONSTRAINT pk_dealt PRIMARY KEY (project, person, "query", meme)
);
CREATE TABLE decision (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	event TEXT NOT NULL,
	save TEXT NOT NULL,
	time BIGINT NOT NULL,
	annotator TEXT NOT NULL,
	action TEXT NOT NULL,
	meme TEXT NOT NULL,
	image TEXT NOT NULL,
	text TEXT NOT NULL,
	text_source TEXT NOT NULL,
	task_set TEXT NOT NULL,
	task TEXT NOT NULL,
	predicted TEXT NOT NULL,
	probability FLOAT,
	model TEXT NOT NULL,
	labels TEXT NOT NULL,
	note TEXT NOT NULL,
	project TEXT NOT NULL,
	version INTEGER NOT NULL,
	verdict TEXT NOT NULL,
	seconds FLOAT,
	target TEXT NOT NULL,
	CONSTRAINT uq_decision_save_meme_task_action_annotator_project UNIQUE (save, meme, task, action, annotator, project),
	CONSTRAINT uq_decision_event UNIQUE (event)
);
CREATE TABLE delivery (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	webhook INTEGER NOT NULL,
	event TEXT NOT NULL,
	time BIGINT NOT NULL,
	body TEXT NOT NULL,
	state TEXT DEFAULT 'waiting' NOT NULL,
	tries INTEGER DEFAULT '0' NOT NULL,
	due FLOAT,
	status INTEGER,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT ck_delivery_state CHECK (state IN ('waiting', 'sent', 'failed')),
	CONSTRAINT fk_delivery_webhook FOREIGN KEY(webhook) REFERENCES webhook (number) ON DELETE CASCADE
);
CREATE TABLE fact (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_fact PRIMARY KEY (name)
);
CREATE TABLE gold_answer (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	meme TEXT NOT NULL,
	save TEXT NOT NULL,
	time BIGINT NOT NULL,
	labels TEXT NOT NULL,
	gold TEXT NOT NULL,
	asked INTEGER NOT NULL,
	hits INTEGER NOT NULL,
	CONSTRAINT pk_gold_answer PRIMARY KEY (project, person, attempt, meme),
	CONSTRAINT uq_gold_answer_save UNIQUE (save)
);
CREATE TABLE item (
	project TEXT NOT NULL,
	task_set TEXT NOT NULL,
	meme TEXT NOT NULL,
	decided INTEGER DEFAULT '0' NOT NULL,
	awaited INTEGER DEFAULT '0' NOT NULL,
	flags INTEGER DEFAULT '0' NOT NULL,
	adjudicated TEXT DEFAULT '' NOT NULL,
	changed INTEGER NOT NULL,
	complete BOOLEAN DEFAULT 0 NOT NULL,
	settled BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_item PRIMARY KEY (project, task_set, meme)
);
CREATE TABLE job (
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	state TEXT NOT NULL,
	started BIGINT NOT NULL,
	ended BIGINT,
	"by" TEXT NOT NULL,
	arguments TEXT NOT NULL,
	progress TEXT NOT NULL,
	counts TEXT NOT NULL,
	facts TEXT NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	worker TEXT DEFAULT '' NOT NULL,
	beat FLOAT,
	place TEXT DEFAULT '' NOT NULL,
	stop BOOLEAN DEFAULT 0 NOT NULL,
	again BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_job PRIMARY KEY (id)
);
CREATE TABLE label_set (
	project TEXT NOT NULL,
	version INTEGER NOT NULL,
	tasks TEXT NOT NULL,
	moves TEXT NOT NULL,
	time BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	CONSTRAINT pk_label_set PRIMARY KEY (project, version),
	CONSTRAINT fk_label_set_project FOREIGN KEY(project) REFERENCES project ("key")
);
CREATE TABLE lease (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	project TEXT NOT NULL,
	meme TEXT NOT NULL,
	person TEXT NOT NULL,
	client TEXT NOT NULL,
	"query" TEXT NOT NULL,
	until FLOAT NOT NULL,
	CONSTRAINT uq_lease_project_meme_person UNIQUE (project, meme, person)
);
CREATE TABLE lesson (
	task_set TEXT NOT NULL,
	meme TEXT NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	labels TEXT NOT NULL,
	digest TEXT NOT NULL,
	unread BOOLEAN DEFAULT 0 NOT NULL,
	tied BOOLEAN DEFAULT 0 NOT NULL,
	keys BLOB NOT NULL,
	side TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_lesson PRIMARY KEY (task_set, meme)
);
CREATE TABLE mark (
	project TEXT NOT NULL,
	task_set TEXT NOT NULL,
	meme TEXT NOT NULL,
	person TEXT NOT NULL,
	state TEXT NOT NULL,
	save TEXT DEFAULT '' NOT NULL,
	flagged BOOLEAN DEFAULT 0 NOT NULL,
	returned BOOLEAN DEFAULT 0 NOT NULL,
	since INTEGER NOT NULL,
	CONSTRAINT pk_mark PRIMARY KEY (project, task_set, meme, person),
	CONSTRAINT ck_mark_state CHECK (state IN ('pending', 'draft', 'done', 'skipped'))
);
CREATE TABLE member (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	quota INTEGER,
	since BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	CONSTRAINT pk_member PRIMARY KEY (project, person)
);
CREATE TABLE meme (
	project TEXT NOT NULL,
	id TEXT NOT NULL,
	place INTEGER NOT NULL,
	filename TEXT NOT NULL,
	text TEXT NOT NULL,
	words TEXT NOT NULL,
	text_source TEXT NOT NULL,
	image TEXT NOT NULL,
	width INTEGER DEFAULT '0' NOT NULL,
	height INTEGER DEFAULT '0' NOT NULL,
	given TEXT NOT NULL,
	gold BOOLEAN DEFAULT 0 NOT NULL,
	split TEXT NOT NULL,
	added BIGINT NOT NULL,
	wanted INTEGER DEFAULT '1' NOT NULL,
	hidden BOOLEAN DEFAULT 0 NOT NULL,
	open BOOLEAN DEFAULT 1 NOT NULL,
	removed BOOLEAN DEFAULT 0 NOT NULL,
	assigned BOOLEAN DEFAULT 0 NOT NULL,
	CONSTRAINT pk_meme PRIMARY KEY (project, id),
	CONSTRAINT uq_meme_project_place UNIQUE (project, place),
	CONSTRAINT fk_meme_project FOREIGN KEY(project) REFERENCES project ("key")
);
CREATE TABLE meme_change (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	project TEXT NOT NULL,
	meme TEXT NOT NULL,
	time BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	action TEXT NOT NULL,
	"before" TEXT DEFAULT '' NOT NULL,
	"after" TEXT DEFAULT '' NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	CONSTRAINT ck_meme_change_action CHECK (action IN ('text', 'remove', 'restore'))
);
CREATE TABLE model_change (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	time BIGINT NOT NULL,
	task_set TEXT NOT NULL,
	version TEXT NOT NULL,
	"by" TEXT NOT NULL,
	action TEXT NOT NULL
);
CREATE TABLE model_version (
	version TEXT NOT NULL,
	task_set TEXT NOT NULL,
	encoder TEXT NOT NULL,
	origin TEXT NOT NULL,
	created BIGINT NOT NULL,
	job TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_model_version PRIMARY KEY (version)
);
CREATE TABLE person (
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	password TEXT NOT NULL,
	created BIGINT NOT NULL,
	CONSTRAINT pk_person PRIMARY KEY (name)
);
CREATE TABLE prediction (
	project TEXT NOT NULL,
	model TEXT NOT NULL,
	tasks TEXT NOT NULL,
	space TEXT NOT NULL,
	revision INTEGER DEFAULT '0' NOT NULL,
	changed BIGINT NOT NULL,
	CONSTRAINT pk_prediction PRIMARY KEY (project, model)
);
CREATE TABLE progress (
	project TEXT NOT NULL,
	task_set TEXT NOT NULL,
	person TEXT NOT NULL,
	draft INTEGER DEFAULT '0' NOT NULL,
	done INTEGER DEFAULT '0' NOT NULL,
	skipped INTEGER DEFAULT '0' NOT NULL,
	flagged INTEGER DEFAULT '0' NOT NULL,
	returned INTEGER DEFAULT '0' NOT NULL,
	late INTEGER DEFAULT '0' NOT NULL,
	more INTEGER DEFAULT '0' NOT NULL,
	assigned INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_progress PRIMARY KEY (project, task_set, person)
);
CREATE TABLE project (
	"key" TEXT NOT NULL,
	title TEXT NOT NULL,
	task_set TEXT NOT NULL,
	guidelines TEXT DEFAULT '' NOT NULL,
	overlap INTEGER NOT NULL,
	overlap_share FLOAT NOT NULL,
	hidden_share FLOAT NOT NULL,
	ordering TEXT NOT NULL,
	lease_minutes INTEGER NOT NULL,
	retrain_every INTEGER NOT NULL,
	break_minutes INTEGER NOT NULL,
	closed BOOLEAN DEFAULT 0 NOT NULL,
	version INTEGER NOT NULL,
	created BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	salt TEXT NOT NULL,
	model TEXT DEFAULT '' NOT NULL,
	revision INTEGER DEFAULT '0' NOT NULL,
	members_only BOOLEAN DEFAULT 0 NOT NULL,
	qualify INTEGER DEFAULT '0' NOT NULL,
	qualify_share FLOAT DEFAULT '0.8' NOT NULL,
	qualify_tries INTEGER DEFAULT '2' NOT NULL,
	CONSTRAINT pk_project PRIMARY KEY ("key")
);
CREATE TABLE proposal (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	time BIGINT NOT NULL,
	task_set TEXT NOT NULL,
	meme TEXT NOT NULL,
	text TEXT NOT NULL,
	text_source TEXT NOT NULL,
	predicted TEXT NOT NULL,
	labels TEXT NOT NULL,
	notes TEXT NOT NULL,
	sessions TEXT NOT NULL,
	state TEXT DEFAULT 'waiting' NOT NULL,
	"by" TEXT DEFAULT '' NOT NULL,
	ended BIGINT,
	save TEXT DEFAULT '' NOT NULL,
	size INTEGER DEFAULT '0' NOT NULL,
	image BLOB NOT NULL,
	CONSTRAINT ck_proposal_state CHECK (state IN ('waiting', 'accepted', 'rejected'))
);
CREATE TABLE qualification (
	project TEXT NOT NULL,
	person TEXT NOT NULL,
	passed BOOLEAN DEFAULT 0 NOT NULL,
	attempt INTEGER DEFAULT '0' NOT NULL,
	forgiven INTEGER DEFAULT '0' NOT NULL,
	changed BIGINT NOT NULL,
	"by" TEXT DEFAULT '' NOT NULL,
	CONSTRAINT pk_qualification PRIMARY KEY (project, person)
);
CREATE TABLE rank (
	ranking INTEGER NOT NULL,
	place INTEGER NOT NULL,
	meme_place INTEGER NOT NULL,
	CONSTRAINT pk_rank PRIMARY KEY (ranking, place),
	CONSTRAINT uq_rank_ranking_meme_place UNIQUE (ranking, meme_place)
)
 WITHOUT ROWID;
CREATE TABLE ranking (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	project TEXT NOT NULL,
	ordering TEXT NOT NULL,
	model TEXT NOT NULL,
	stamp TEXT NOT NULL,
	note TEXT NOT NULL,
	size INTEGER DEFAULT '0' NOT NULL,
	time FLOAT NOT NULL,
	cost FLOAT NOT NULL,
	ready BOOLEAN DEFAULT 0 NOT NULL
);
CREATE TABLE reading (
	meme TEXT NOT NULL,
	reader TEXT NOT NULL,
	found TEXT NOT NULL,
	CONSTRAINT pk_reading PRIMARY KEY (meme, reader)
);
CREATE TABLE session (
	"key" TEXT NOT NULL,
	person TEXT NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	CONSTRAINT pk_session PRIMARY KEY ("key"),
	CONSTRAINT fk_session_person FOREIGN KEY(person) REFERENCES person (name) ON DELETE CASCADE
);
CREATE TABLE suggestion (
	project TEXT NOT NULL,
	model TEXT NOT NULL,
	task TEXT NOT NULL,
	meme TEXT NOT NULL,
	labels TEXT NOT NULL,
	probability FLOAT NOT NULL,
	probabilities BLOB NOT NULL,
	CONSTRAINT pk_suggestion PRIMARY KEY (project, model, task, meme)
)
 WITHOUT ROWID;
CREATE TABLE tally (
	project TEXT NOT NULL,
	task_set TEXT NOT NULL,
	decisions INTEGER DEFAULT '0' NOT NULL,
	memes INTEGER DEFAULT '0' NOT NULL,
	adjudicated INTEGER DEFAULT '0' NOT NULL,
	flagged INTEGER DEFAULT '0' NOT NULL,
	"full" INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_tally PRIMARY KEY (project, task_set)
);
CREATE TABLE token (
	"key" TEXT NOT NULL,
	person TEXT NOT NULL,
	title TEXT NOT NULL,
	created BIGINT NOT NULL,
	used BIGINT,
	CONSTRAINT pk_token PRIMARY KEY ("key"),
	CONSTRAINT fk_token_person FOREIGN KEY(person) REFERENCES person (name) ON DELETE CASCADE
);
CREATE TABLE vector (
	project TEXT NOT NULL,
	space TEXT NOT NULL,
	meme TEXT NOT NULL,
	"values" BLOB NOT NULL,
	CONSTRAINT pk_vector PRIMARY KEY (project, space, meme)
)
 WITHOUT ROWID;
CREATE TABLE webhook (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	url TEXT NOT NULL,
	secret TEXT NOT NULL,
	events TEXT NOT NULL,
	created BIGINT NOT NULL,
	"by" TEXT NOT NULL,
	paused BOOLEAN DEFAULT 0 NOT NULL
);
CREATE INDEX ix_answer_project_task_labels ON answer (project, task, labels);
CREATE INDEX ix_assignment_project_meme ON assignment (project, meme);
CREATE INDEX ix_comment_project_meme_number ON comment (project, meme, number);
CREATE INDEX ix_comment_project_person ON comment (project, person);
CREATE INDEX ix_comment_project_thread_resolved_by ON comment (project, thread, resolved_by);
CREATE INDEX ix_decision_meme_task_set_project_number ON decision (meme, task_set, project, number);
CREATE INDEX ix_decision_project_task_set_number ON decision (project, task_set, number);
CREATE INDEX ix_decision_task_set_annotator_number ON decision (task_set, annotator, number);
CREATE INDEX ix_decision_task_set_number ON decision (task_set, number);
CREATE INDEX ix_delivery_state_due ON delivery (state, due);
CREATE INDEX ix_delivery_webhook_number ON delivery (webhook, number);
CREATE INDEX ix_item_project_task_set_changed ON item (project, task_set, changed);
CREATE INDEX ix_job_kind_subject_started ON job (kind, subject, started);
CREATE INDEX ix_job_state ON job (state);
CREATE INDEX ix_mark_project_task_set_person_state_since ON mark (project, task_set, person, state, since);
CREATE INDEX ix_mark_returned ON mark (project, task_set, person) WHERE returned = 1;
CREATE INDEX ix_meme_change_project_meme_number ON meme_change (project, meme, number);
CREATE INDEX ix_meme_project_open_place ON meme (project, open, place);
CREATE INDEX ix_meme_removed ON meme (project, id) WHERE removed = 1;
CREATE INDEX ix_model_change_task_set_number ON model_change (task_set, number);
CREATE INDEX ix_model_version_task_set_created ON model_version (task_set, created);
CREATE INDEX ix_proposal_state_number ON proposal (state, number);
CREATE INDEX ix_ranking_project_ordering_model_number ON ranking (project, ordering, model, number);
CREATE INDEX ix_suggestion_project_model_task_labels ON suggestion (project, model, task, labels);
INSERT INTO alembic_version VALUES ('0002');
