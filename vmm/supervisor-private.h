/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the parts of the supervisor share: supervisor.c (start), supervisor-end.c,
 * supervisor-verbs.c (what front ends ask for), supervisor-disks.c (what others do to its disks),
 * supervisor-isolation.c (badge and report), supervisor-share.c (shared consoles),
 * supervisor-drill.c (the drill), supervisor-clipboard.c (its policy), supervisor-agent.c (the way to
 * the guest's agent), supervisor-network.c,
 * supervisor-limits.c, supervisor-storage.c (disks on NBD servers), supervisor-flush.c (flushes that
 * fail), supervisor-backup.c. Not for anyone else.
 */
#pragma once

#include "backup/backup.h"
#include "control.h"
#include "display-link.h"
#include "drill/drill-run.h"
#include "drill/layer-proof.h"
#include "guest-log.h"
#include "inner-socket.h"
#include "net/network.h"
#include "limits/limits.h"
#include "run-state.h"
#include "share/share.h"
#include "supervisor.h"

typedef enum
{
  PHASE_STARTING, /* until the vCPUs run and a display shows them */
  PHASE_RUNNING,  /* paused counts */
  PHASE_ENDING,   /* QEMU is on its way out */
  PHASE_ENDED,    /* it is gone; the last words are being sent */
} Phase;

typedef struct
{
  GMainLoop *loop;
  Launch *launch;
  StartReport *report;
  Control *control;
  DisplayLink *display;
  Network *network;
  GPtrArray *storage; /* of NbdDisk: disks on NBD servers */
  Shares *shares;
  ClipboardPolicy clipboard; /* as it is now; the definition says how it began */
  gboolean has_agent;        /* QEMU has the channel of the guest's agent */
  InnerSocket agent;         /* where it listens for who speaks with that */
  gint64 agent_joined;       /* monotonic, when the display was last connected there; 0: never */
  gint64 agent_changed;      /* monotonic, when the guest's port last was closed or opened */
  guint agent_timer;         /* it will be again */
  gboolean agent_is_there;   /* a program of the guest has the port open */
  gboolean agent_is_stale;   /* and does not know yet that the connection has ended */
  guint agent_patience;      /* until it is taken to know */
  QmpClient *qmp;
  Jail *qemu;
  LogPipe *qemu_log;
  gint64 spawned_at; /* monotonic, of QEMU */
  Phase phase;
  gboolean qmp_is_ready;
  gboolean has_run;   /* the start succeeded */
  gboolean shows;     /* a display came up */
  char *end_reason;   /* why the guest ends: the first reason counts */
  char *io_error;     /* of the last disk error that paused the guest, or NULL */
  gboolean io_logged; /* that, in this pause */
  gboolean io_is_final; /* that comes from a flush: the guest cannot go on */
  gboolean goes_on;     /* after the reset that was asked for */
  gint64 news_since;    /* monotonic, of the present count */
  guint news;           /* how often QEMU was asked for its state because it told of something */
  guint news_timer;     /* it will be asked once more */
  char *disk_trouble; /* what others have done to its disks, or NULL */
  guint end_timer;    /* the next step of ending QEMU */
  guint end_step;
  gboolean parts;             /* QEMU is gone, and the display says goodbye */
  guint sources[2];                  /* SIGTERM, SIGINT */
  DrillRun *drill;                   /* NULL while none runs */
  GDBusMethodInvocation *drill_call; /* who waits for it */
  LayerProof *proof;                 /* NULL before it is begun */
  guint proof_start;                 /* it is about to be */
  GPtrArray *isolation_calls;        /* of GDBusMethodInvocation: they wait for the proof */
  GuestLimits limits;                /* in force now */
  Backup *backup;                    /* NULL while none is read */
  GDBusMethodInvocation *backup_call;     /* waits for its beginning */
  GDBusMethodInvocation *end_backup_call; /* and for its end */
  GPtrArray *end_calls;              /* of GDBusMethodInvocation: they wait for the end */
} Supervisor;

/* Sets state, reason and the way on for the front ends. */
void supervisor_set_run_state (Supervisor *self, const RunState *run);
/* The same where there is no way on to be told. */
void supervisor_set_state (Supervisor *self, const char *state, const char *reason);

/* A RESET event. */
void supervisor_was_reset (Supervisor *self);

/* A disk error paused the guest: finds out whether a flush failed, after which it cannot go on. */
void supervisor_ask_for_flush (Supervisor *self, JsonNode *data);

/* Ends QEMU with force, in growing steps; `reason` is a sentence. */
void supervisor_end (Supervisor *self, const char *reason);

/* Why the guest ends, should it: the first reason counts, later ones follow from it. */
void supervisor_note_reason (Supervisor *self, const char *reason);
void supervisor_begin_ending (Supervisor *self);
/* QEMU is about to end by itself; if it does not, it is made to. */
void supervisor_expect_end (Supervisor *self);
/* A JailEnded: everything else goes too. */
void supervisor_qemu_ended (Jail *jail, int wait_status, const char *text, gpointer user_data);
/* The display process is over: that may be all that was waited for. */
void supervisor_display_ended (Supervisor *self);

/* Asks QEMU for its run state and tells the front ends; then answers `call` if it is not NULL. */
void supervisor_refresh (Supervisor *self, GDBusMethodInvocation *call);
/* The same because QEMU told of something: soon, however often that is. */
void supervisor_heed_news (Supervisor *self);

/* The badge, made anew. Only while QEMU runs. */
void supervisor_publish_isolation (Supervisor *self);
/* The whole report as JSON, for `call`, once the layers are proved. */
void supervisor_called_isolation (Supervisor *self, GDBusMethodInvocation *call);

/* Starts the probes that prove the layers, once; beside everything else. A guest that insists on
 * isolation waits for them before it runs. */
void supervisor_prove_isolation (Supervisor *self);
/* The same when the start is over, or as soon as somebody asks for the report. */
void supervisor_prove_isolation_later (Supervisor *self);
/* FALSE: the guest insists, and it is not proved yet (supervisor_set_going () is called when it is)
 * or a layer is missing (and the guest ends). */
gboolean supervisor_may_go (Supervisor *self);
/* Starts the vCPUs. */
void supervisor_set_going (Supervisor *self);
void supervisor_stop_proof (Supervisor *self);

/* The jails of this guest's processes; DRILL_JAILS of them. */
#define DRILL_JAILS 5
void supervisor_list_jails (Supervisor *self, DrillJail *jails);

/* Limits as defined, once there is a control interface; those of QEMU's process once it runs. */
void supervisor_init_limits (Supervisor *self);
void supervisor_limit_qemu (Supervisor *self);
void supervisor_set_limits (Supervisor *self, GDBusMethodInvocation *call);

/* A drill in the jails of this guest; `call` is answered when it is over. */
void supervisor_drill (Supervisor *self, GDBusMethodInvocation *call);
/* The guest ends. */
void supervisor_stop_drill (Supervisor *self);

/* Shared consoles, once there is a control interface. */
void supervisor_init_shares (Supervisor *self);
/* Share, Unshare, DisconnectViewer, AllowViewer. */
void supervisor_called_share (Supervisor *self, ControlVerb verb, GDBusMethodInvocation *call);

/* The clipboard's policy: as defined, told to each display, changed by SetClipboard. */
void supervisor_init_clipboard (Supervisor *self);
void supervisor_clipboard_display_ready (Supervisor *self);
void supervisor_called_clipboard (Supervisor *self, const char *word, GDBusMethodInvocation *call);

/* The way to the guest's agent: its socket, before QEMU has it; the port, if it is not there yet
 * (`done` as in agent_plug ()); a new connection for the display; that a program of the guest has
 * opened or closed the port; that the display has closed its connection; that it did so at that time
 * (link-wire.h) because it could make no sense of what came; the end. */
gboolean supervisor_open_agent (Supervisor *self, GError **error);
gboolean supervisor_plug_agent (Supervisor *self, QmpReply done, gpointer data, GError **error);
void supervisor_join_agent (Supervisor *self);
void supervisor_agent_port_changed (Supervisor *self, JsonNode *event);
void supervisor_agent_closed (Supervisor *self);
void supervisor_agent_is_over (Supervisor *self, guint32 closed_ms);
void supervisor_close_agent (Supervisor *self);

/* Others' changes of the disks' files are told from now on. */
void supervisor_watch_disks (Supervisor *self);

/* role and pid of every process there is now */
void supervisor_publish_processes (Supervisor *self);

/* StartBackup, EndBackup; and that the guest ends. */
void supervisor_init_backup (Supervisor *self);
void supervisor_end_backup (Supervisor *self, GDBusMethodInvocation *call);
void supervisor_stop_backup (Supervisor *self);

/* Disks on NBD servers: the machine is started once all of them answer. */
gboolean supervisor_connect_storage (Supervisor *self, GError **error);
void supervisor_start_machine (Supervisor *self);
/* Once QEMU has opened them: does an image rest on something? Then goes on, or ends the start. */
void supervisor_check_storage (Supervisor *self);
void supervisor_storage_checked (Supervisor *self);
/* NULL, or why one of them does not answer. */
const char *supervisor_storage_trouble (Supervisor *self);
void supervisor_expect_storage_end (Supervisor *self);

/* The guest's network: made before QEMU, started after it. */
gboolean supervisor_make_network (Supervisor *self, GError **error);
/* Network, SetNetwork, StopCapture. */
void supervisor_called_network (Supervisor *self, ControlVerb verb, GDBusMethodInvocation *call);
/* StartCapture. Takes `fd`. */
void supervisor_called_capture (int fd,
                                guint64 bytes_max,
                                GDBusMethodInvocation *call,
                                gpointer user_data);

/* Every verb of the control interface. */
void supervisor_called (ControlVerb verb,
                        const char *text,
                        GDBusMethodInvocation *call,
                        gpointer user_data);
