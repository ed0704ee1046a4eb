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
	CONSTRAINT uq_decision_save_meme_task_action UNIQUE (save, meme, task, action),
	CONSTRAINT uq_decision_event UNIQUE (event)
);
CREATE TABLE fact (
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_fact PRIMARY KEY (name)
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
	stop BOOLEAN DEFAULT 0 NOT NULL,
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
	CONSTRAINT pk_meme PRIMARY KEY (project, id),
	CONSTRAINT uq_meme_project_place UNIQUE (project, place),
	CONSTRAINT fk_meme_project FOREIGN KEY(project) REFERENCES project ("key")
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
	CONSTRAINT pk_project PRIMARY KEY ("key")
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
	meme TEXT NOT NULL,
	task TEXT NOT NULL,
	labels TEXT NOT NULL,
	probability FLOAT NOT NULL,
	probabilities BLOB NOT NULL,
	names TEXT NOT NULL,
	CONSTRAINT pk_suggestion PRIMARY KEY (project, model, meme, task)
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
	model TEXT NOT NULL,
	meme TEXT NOT NULL,
	"values" BLOB NOT NULL,
	CONSTRAINT pk_vector PRIMARY KEY (project, model, meme)
);
CREATE INDEX ix_answer_project_task_labels ON answer (project, task, labels);
CREATE INDEX ix_decision_project_meme_number ON decision (project, meme, number);
CREATE INDEX ix_decision_project_task_set_number ON decision (project, task_set, number);
CREATE INDEX ix_decision_task_set_annotator_number ON decision (task_set, annotator, number);
CREATE INDEX ix_item_project_task_set_changed ON item (project, task_set, changed);
CREATE INDEX ix_job_kind_subject_started ON job (kind, subject, started);
CREATE INDEX ix_job_state ON job (state);
CREATE INDEX ix_mark_project_task_set_person_state_since ON mark (project, task_set, person, state, since);
CREATE INDEX ix_meme_project_open_place ON meme (project, open, place);
CREATE INDEX ix_model_change_task_set_number ON model_change (task_set, number);
CREATE INDEX ix_model_version_task_set_created ON model_version (task_set, created);
CREATE INDEX ix_suggestion_project_model_task_labels ON suggestion (project, model, task, labels);
INSERT INTO alembic_version VALUES ('0001');
