/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Proves Landlock and seccomp of a guest's jails: vitrine-drill is started in each, with the
 * guest's user and rules, and tries the few ways that one of the two alone refuses (DRILL_LAYERS).
 * Neither the shim's word nor the jailed program's counts for that. Runs in vitrine-vmm, on its
 * main context; never waits; some 15 ms of processor time a jail.
 */
#pragma once

#include "drill/drill-run.h"
#include "isolation-report.h"

/* A probe that is not over by then proves nothing. */
#define LAYER_PROOF_SECONDS 20

typedef struct _LayerProof LayerProof;

typedef void (*LayerProofDone) (gpointer data);

/* `done` is called once from the main context, when all of the jails have an answer. Never fails: a
 * jail whose probe cannot be started has the answer PROOF_UNKNOWN. */
LayerProof *layer_proof_new (const char *binary,
                             const DrillJail *jails,
                             guint n_jails,
                             LayerProofDone done,
                             gpointer data);
/* Ends what runs; `done` is not called any more. May be called from it. */
void layer_proof_free (LayerProof *proof);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LayerProof, layer_proof_free)

/* What is known by now of the jail of this kind. */
IsolationProofs layer_proof_get (const LayerProof *proof, JailKind kind);
gboolean layer_proof_is_over (const LayerProof *proof);

/* What a probe said, of which the kernel says how it ended. Pure. */
IsolationProofs layer_proof_judge (const char *text, gsize size, int wait_status);
