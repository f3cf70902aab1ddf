/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The proof of layers. Runs in vitrine-vmm. What the probe says is parsed in drill-parse.c; a layer
 * is proved only by a refusal that it alone gives, or by the kernel's word that the filter killed.
 */
#include "drill/layer-proof.h"

#include "drill/drill-parse.h"
#include "fds.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 4096u /* all that a probe says fits into a pipe */

typedef struct
{
  LayerProof *proof;
  JailKind kind;
  Jail *jail;
  int output; /* what the probe says, read when it has ended */
  guint deadline;
  IsolationProofs proofs;
} Probe;

struct _LayerProof
{
  Probe *probes;
  guint n;
  guint n_running;
  guint over; /* the source that tells of it */
  LayerProofDone done;
  gpointer data;
};

static const struct
{
  const char *way;
  gsize offset; /* of the proof */
  guint code;   /* how the layer refuses */
} layers[] = {
  { "layer-list", G_STRUCT_OFFSET (IsolationProofs, landlock), EACCES },
  { "layer-write", G_STRUCT_OFFSET (IsolationProofs, landlock), EACCES },
  { "layer-code", G_STRUCT_OFFSET (IsolationProofs, code), EPERM },
  { "layer-socket", G_STRUCT_OFFSET (IsolationProofs, seccomp), EPERM },
  { "layer-personality", G_STRUCT_OFFSET (IsolationProofs, seccomp), 0 /* by death only */ },
};

/* One way out is one too many, and what is not known is not proved. */
static void
add (IsolationProofs *proofs, guint layer, IsolationProof found)
{
  IsolationProof *proof = (IsolationProof *) ((char *) proofs + layers[layer].offset);

  if (*proof != PROOF_OPEN && (*proof != PROOF_UNKNOWN || found == PROOF_OPEN))
    *proof = found;
}

static int
find_layer (const char *way)
{
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    if (strcmp (layers[i].way, way) == 0)
      return i;
  return -1;
}

/* FALSE: nonsense. *trying is the layer whose way has begun, or -1. */
static gboolean
take_line (IsolationProofs *proofs, int *trying, const DrillLine *line)
{
  if (line->kind == DRILL_LINE_DONE)
    return *trying < 0;
  if (line->kind == DRILL_LINE_TRY)
    {
      gboolean idle = *trying < 0;

      *trying = find_layer (line->name);
      return idle && *trying >= 0;
    }
  if (*trying < 0)
    return FALSE;
  if (line->kind == DRILL_LINE_OPEN)
    add (proofs, *trying, PROOF_OPEN);
  else
    add (proofs, *trying,
         layers[*trying].code != 0 && line->code == layers[*trying].code ? PROOF_HELD
                                                                         : PROOF_UNKNOWN);
  *trying = -1;
  return TRUE;
}

static void
settle (IsolationProof *proof)
{
  if (*proof == PROOF_PENDING)
    *proof = PROOF_UNKNOWN;
}

IsolationProofs
layer_proof_judge (const char *text, gsize size, int wait_status)
{
  IsolationProofs proofs = { PROOF_PENDING, PROOF_PENDING, PROOF_PENDING };
  int trying = -1;
  gsize at = 0;
  gboolean good = TRUE;

  while (good && at < size)
    {
      DrillLine line;
      gsize used;

      good = drill_parse_line (text + at, size - at, &line, &used) == PARSE_OK &&
             take_line (&proofs, &trying, &line);
      at += good ? used : 0;
    }
  if (!good)
    return (IsolationProofs) { PROOF_UNKNOWN, PROOF_UNKNOWN, PROOF_UNKNOWN };
  if (trying >= 0 && WIFSIGNALED (wait_status) && WTERMSIG (wait_status) == SIGSYS)
    {
      add (&proofs, trying, PROOF_HELD);
      if (proofs.seccomp == PROOF_PENDING) /* only the filter kills so */
        proofs.seccomp = PROOF_HELD;
    }
  else if (trying >= 0)
    add (&proofs, trying, PROOF_UNKNOWN);
  settle (&proofs.landlock);
  settle (&proofs.seccomp);
  settle (&proofs.code);
  return proofs;
}

/* --- Programs --- */

static gboolean
tell (gpointer data)
{
  LayerProof *proof = data;

  proof->over = 0;
  proof->done (proof->data);
  return G_SOURCE_REMOVE;
}

static void
conclude (Probe *probe, IsolationProofs proofs)
{
  LayerProof *proof = probe->proof;

  probe->proofs = proofs;
  if (--proof->n_running == 0)
    proof->over = g_idle_add (tell, proof);
}

static void
stop (Probe *probe)
{
  g_clear_handle_id (&probe->deadline, g_source_remove);
  if (probe->jail != NULL)
    jail_set_ended (probe->jail, NULL, NULL);
  g_clear_pointer (&probe->jail, jail_free);
  fds_clear (&probe->output);
}

static void
on_ended (Jail *jail, int wait_status, const char *text, gpointer data)
{
  Probe *probe = data;
  char said[OUTPUT_MAX];
  gssize got = read (probe->output, said, sizeof said);

  stop (probe);
  conclude (probe, layer_proof_judge (said, MAX (got, 0), wait_status));
}

static gboolean
on_deadline (gpointer data)
{
  Probe *probe = data;

  probe->deadline = 0;
  jail_kill (probe->jail);
  return G_SOURCE_REMOVE;
}

static gboolean
start (Probe *probe, const char *binary, const DrillJail *jailed)
{
  static const char *const argv[] = { "vitrine-drill", "--layers", NULL };
  int ends[2];
  JailRequest request = { .kind = jailed->kind,
                          .binary = binary,
                          .argv = argv,
                          .stdin_fd = -1,
                          .stderr_fd = -1,
                          .writable_code = jailed->writable_code,
                          .kvm = jailed->kvm };

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return FALSE;
  probe->output = ends[0];
  g_unix_set_fd_nonblocking (probe->output, TRUE, NULL);
  request.stdout_fd = ends[1];
  probe->jail = jail_spawn (&request, NULL);
  close (ends[1]);
  if (probe->jail == NULL)
    return FALSE;
  jail_set_ended (probe->jail, on_ended, probe);
  probe->deadline = g_timeout_add_seconds (LAYER_PROOF_SECONDS, on_deadline, probe);
  return TRUE;
}

LayerProof *
layer_proof_new (const char *binary,
                 const DrillJail *jails,
                 guint n_jails,
                 LayerProofDone done,
                 gpointer data)
{
  static const IsolationProofs unknown = { PROOF_UNKNOWN, PROOF_UNKNOWN, PROOF_UNKNOWN };
  LayerProof *proof = g_new0 (LayerProof, 1);

  proof->probes = g_new0 (Probe, n_jails);
  proof->n = proof->n_running = n_jails;
  proof->done = done;
  proof->data = data;
  for (guint i = 0; i < n_jails; i++)
    {
      Probe *probe = &proof->probes[i];

      *probe = (Probe) { .proof = proof, .kind = jails[i].kind, .output = -1 };
      if (!start (probe, binary, &jails[i]))
        conclude (probe, unknown);
    }
  return proof;
}

void
layer_proof_free (LayerProof *proof)
{
  g_clear_handle_id (&proof->over, g_source_remove);
  for (guint i = 0; i < proof->n; i++)
    stop (&proof->probes[i]);
  g_free (proof->probes);
  g_free (proof);
}

IsolationProofs
layer_proof_get (const LayerProof *proof, JailKind kind)
{
  for (guint i = 0; i < proof->n; i++)
    if (proof->probes[i].kind == kind)
      return proof->probes[i].proofs;
  return (IsolationProofs) { PROOF_UNKNOWN, PROOF_UNKNOWN, PROOF_UNKNOWN };
}

gboolean
layer_proof_is_over (const LayerProof *proof)
{
  return proof->n_running == 0;
}
